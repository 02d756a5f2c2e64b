"""JSONata 2.0.6, which Step Functions evaluates: expressions are read once, then evaluated as often as needed.

`syntax` reads a text as nodes, `evaluation` makes functions of them, `library` has the functions that expressions call,
and `pictures` what those need that write and read by pictures. `expression.Expression` is the way in.

The code is keyflow's own. What an expression comes to is what the reference (https://github.com/jsonata-js/jsonata)
makes of it: tests compare the two, case by case.
"""
