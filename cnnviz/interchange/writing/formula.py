"""A formula of one number as nodes: what an activation does that has no words of its own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from itertools import count

from cnnviz.interchange.writing.writer import NoWordsError, Writer

_FUNCTIONS = {name: name.capitalize() for name in ("abs", "erf", "exp", "log", "max", "min", "sqrt", "tanh")}
_OPERATORS = {ast.Add: "Add", ast.Sub: "Sub", ast.Mult: "Mul", ast.Div: "Div", ast.Pow: "Pow"}


def formula(expression: str, constants: Mapping[str, float] = {}) -> Callable[[Writer, str], str]:
    """Return what adds a formula to a graph, step by step as it reads.

    Args:
        expression: The formula in `x` and the constants, as `ops.activations.record` has it.
        constants: Numbers of the formula, by name.

    Raises:
        NoWordsError: When it is added, if ONNX has no operator for a part of it.
    """
    whole = ast.parse(expression, mode="eval").body

    def add(w: Writer, x: str) -> str:
        numbers = count(1)

        def put(part: ast.expr) -> str:
            match part:
                case ast.Name("x"):
                    return x
                case ast.Name(name) if name in constants:
                    return w.constant(name, constants[name])
                case ast.Constant(int() | float() as value):
                    return w.constant(f"number_{next(numbers)}", value)
                case ast.UnaryOp(ast.USub(), operand):
                    return w.add("Neg", put(operand))
                case ast.BinOp(left, operator, right) if type(operator) in _OPERATORS:
                    return w.add(_OPERATORS[type(operator)], put(left), put(right))
                case ast.Call(ast.Name(name), arguments) if name in _FUNCTIONS:
                    return w.add(_FUNCTIONS[name], *map(put, arguments))
                case ast.IfExp(ast.Compare(left, [ast.Gt()], [right]), above, below):
                    return w.add("Where", w.add("Greater", put(left), put(right)), put(above), put(below))
            raise NoWordsError(f"`{ast.unparse(part)}`")

        return put(whole)

    return add
