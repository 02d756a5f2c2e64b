"""Why an expression is none, or has no value."""

from __future__ import annotations

import json
import re
from typing import Any

_PLACE = re.compile(r"\{\{\{?(\w+)\}?\}\}")


class JsonataError(Exception):
    """An error with its code (`T2001`) and what its message speaks of; the text is the message of JSONata."""

    def __init__(self, code: str, message: str = "", **parts: Any) -> None:
        super().__init__(code)
        self.code = code
        self._message = message
        self._parts = parts

    def about(self, token: Any) -> JsonataError:
        """The same error; where it does not say yet which operator or function it is about, now it does."""
        self._parts.setdefault("token", token)
        return self

    def __str__(self) -> str:
        return f"{self.code}: {_PLACE.sub(self._part, self._message or MESSAGES.get(self.code, ''))}"

    def _part(self, place: re.Match[str]) -> str:
        part = self._parts.get(place[1])
        if place[0].startswith("{{{"):
            return str(part)
        return json.dumps(part, ensure_ascii=False, default=str) if part is not None else ""


_OPERAND = "The {side} side of the {{token}} operator must evaluate to a number"
_PICTURE = "The sub-picture must not contain "
MESSAGES = {
    "S0101": "String literal must be terminated by a matching quote",
    "S0102": "Number out of range: {{token}}",
    "S0103": "Unsupported escape sequence: \\{{token}}",
    "S0104": "The escape sequence \\u must be followed by 4 hex digits",
    "S0105": "Quoted property name must be terminated with a backquote (`)",
    "S0106": "Comment has no closing tag",
    "S0201": "Syntax error: {{token}}",
    "S0202": "Expected {{value}}, got {{token}}",
    "S0203": "Expected {{value}} before end of expression",
    "S0204": "Unknown operator: {{token}}",
    "S0206": "Unknown expression type: {{token}}",
    "S0207": "Unexpected end of expression",
    "S0208": "Parameter {{value}} of function definition must be a variable name (start with $)",
    "S0209": "A predicate cannot follow a grouping expression in a step",
    "S0210": "Each step can only have one grouping expression",
    "S0211": "The symbol {{token}} cannot be used as a unary operator",
    "S0212": "The left side of := must be a variable name (start with $)",
    "S0213": "The literal value {{value}} cannot be used as a step within a path expression",
    "S0214": "The right side of {{token}} must be a variable name (start with $)",
    "S0215": "A context variable binding must precede any predicates on a step",
    "S0216": "A context variable binding must precede the 'order-by' clause on a step",
    "S0217": "The object representing the 'parent' cannot be derived from this expression",
    "S0301": "Empty regular expressions are not allowed",
    "S0302": "No terminating / in regular expression",
    "S0401": "Type parameters can only be applied to functions and arrays",
    "S0402": "Choice groups containing parameterized types are not supported",
    "T0410": "Argument {{index}} of function {{token}} does not match function signature",
    "T0411": "Context value is not a compatible type with argument {{index}} of function {{token}}",
    "T0412": "Argument {{index}} of function {{token}} must be an array of {{type}}",
    "D1001": "Number out of range: {{value}}",
    "D1002": "Cannot negate a non-numeric value: {{value}}",
    "T1003": "Key in object structure must evaluate to a string; got: {{value}}",
    "D1004": "Regular expression matches zero length string",
    "T1005": "Attempted to invoke a non-function. Did you mean ${{{token}}}?",
    "T1006": "Attempted to invoke a non-function",
    "T1007": "Attempted to partially apply a non-function. Did you mean ${{{token}}}?",
    "T1008": "Attempted to partially apply a non-function",
    "D1009": "Multiple key definitions evaluate to same key: {{value}}",
    "T1010": "The matcher function argument passed to function {{token}} does not return the correct object structure",
    "T2001": _OPERAND.replace("{side}", "left"),
    "T2002": _OPERAND.replace("{side}", "right"),
    "T2003": "The left side of the range operator (..) must evaluate to an integer",
    "T2004": "The right side of the range operator (..) must evaluate to an integer",
    "T2006": "The right side of the function application operator ~> must be a function",
    "T2007": "Type mismatch when comparing values {{value}} and {{value2}} in order-by clause",
    "T2008": "The expressions within an order-by clause must evaluate to numeric or string values",
    "T2009": "The values {{value}} and {{value2}} either side of operator {{token}} must be of the same data type",
    "T2010": "The expressions either side of operator {{token}} must evaluate to numeric or string values",
    "T2011": "The insert/update clause of the transform expression must evaluate to an object: {{value}}",
    "T2012": ("The delete clause of the transform expression must evaluate to a string or array of strings: {{value}}"),
    "T2013": "The transform expression clones the input object using the $clone() function, which is no function here",
    "D2014": "The size of the sequence allocated by the range operator (..) is too large: {{value}}",
    "D3001": "Attempting to invoke string function on Infinity or NaN",
    "D3010": "Second argument of replace function cannot be an empty string",
    "D3011": "Fourth argument of replace function must evaluate to a positive number",
    "D3012": "Attempted to replace a matched string with a non-string value",
    "D3020": "Third argument of split function must evaluate to a positive number",
    "D3030": "Unable to cast value to a number: {{value}}",
    "D3040": "Third argument of match function must evaluate to a positive number",
    "D3050": "The second argument of reduce function must be a function with at least two arguments",
    "D3060": "The sqrt function cannot be applied to a negative number: {{value}}",
    "D3061": (
        "The power function has resulted in a value that cannot be represented as a JSON number:"
        " base={{value}}, exponent={{exp}}"
    ),
    "D3070": (
        "The single argument form of the sort function can only be applied to an array of strings or an array of"
        " numbers.  Use the second argument to specify a comparison function"
    ),
    "D3080": "The picture string must only contain a maximum of two sub-pictures",
    "D3081": f"{_PICTURE}more than one instance of the 'decimal-separator' character",
    "D3082": f"{_PICTURE}more than one instance of the 'percent' character",
    "D3083": f"{_PICTURE}more than one instance of the 'per-mille' character",
    "D3084": f"{_PICTURE}both a 'percent' and a 'per-mille' character",
    "D3085": "The mantissa part of a sub-picture must contain at least one digit or optional digit",
    "D3086": f"{_PICTURE}a passive character between two active characters",
    "D3087": f"{_PICTURE}a 'grouping-separator' beside a 'decimal-separator'",
    "D3088": f"{_PICTURE}a 'grouping-separator' at the end of the integer part",
    "D3089": f"{_PICTURE}two adjacent instances of the 'grouping-separator' character",
    "D3090": "The integer part of the sub-picture must not contain a digit before an optional digit",
    "D3091": "The fractional part of the sub-picture must not contain an optional digit before a digit",
    "D3092": f"{_PICTURE}an 'exponent-separator' beside a 'percent' or 'per-mille' character",
    "D3093": "The exponent part of the sub-picture must consist of one or more digits",
    "D3100": "The radix of the formatBase function must be between 2 and 36.  It was given {{value}}",
    "D3110": "The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given {{value}}",
    "D3130": "Formatting or parsing an integer as a sequence starting with {{value}} is not supported",
    "D3131": "In a decimal digit pattern, all digits must be from the same decimal group",
    "D3132": "Unknown component specifier {{value}} in date/time picture string",
    "D3133": "The 'name' modifier can only be applied to months and days in the date/time picture string: {{value}}",
    "D3134": "The timezone integer format specifier cannot have more than four digits",
    "D3135": "No matching closing bracket ']' in date/time picture string",
    "D3136": "The date/time picture string is missing specifiers required to parse the timestamp",
    "D3138": "The $single() function expected exactly 1 matching result.  Instead it matched more.",
    "D3139": "The $single() function expected exactly 1 matching result.  Instead it matched 0.",
    "D3140": "Malformed URL passed to ${{{functionName}}}(): {{value}}",
    "U1001": "Stack overflow error: an expression may nest 100 deep",
    "U1002": "Expression evaluation takes too many steps",
    "U1003": "Expression evaluation memory limit exceeded",
    "U1004": "{{value}}",
}
"""The messages by their codes; those that begin with U are for limits, which JSONata has not.

Source: https://github.com/jsonata-js/jsonata (MIT)
"""
