"""Answers cases with a library: run as `answers.py LIBRARY`, a case a line; an answer a line, then the seconds taken.

What has no value and what is null are one to most libraries: both are null here.
"""

import json
import math
import signal
import sys
import time

sys.setrecursionlimit(3000)
LONGEST = 2


def jsonata_python(expression, document):
    from jsonata import Jsonata

    return Jsonata(expression).evaluate(document)


def jlens(expression, document):
    from jlens import Expression

    return Expression(expression).evaluate(document, timeout=LONGEST)


def jsonata2py(expression, document):
    import jsonata2py

    value = jsonata2py.compile(expression).evaluate(document)
    return None if type(value).__name__ == "_Missing" else value


def jsonatapy(expression, document):
    import jsonatapy

    return jsonatapy.compile(expression).evaluate(document)


LIBRARIES = {
    "jsonata-python": jsonata_python,
    "jlens": jlens,
    "jsonata2py": jsonata2py,
    "jsonatapy": jsonatapy,
}


def plain(value):
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) else {"$number": "NaN" if math.isnan(value) else str(value)}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return {"$function": True}


def stop(*_given):
    raise TimeoutError


def main():
    evaluate = LIBRARIES[sys.argv[1]]
    answers, sys.stdout = sys.stdout, sys.stderr  # some print as they go
    signal.signal(signal.SIGALRM, stop)
    seconds = 0.0
    for line in sys.stdin:
        case = json.loads(line)
        signal.alarm(LONGEST)
        began = time.perf_counter()
        try:
            value = evaluate(case["expression"], case.get("document"))
            seconds += time.perf_counter() - began
            answer = json.dumps({"value": plain(value)})
        except BaseException as error:  # a panic of Rust is no Exception
            seconds += time.perf_counter() - began
            answer = json.dumps({"error": str(error)[:200]})
        signal.alarm(0)
        print(answer, file=answers, flush=True)
    print(seconds, file=answers)


main()
