"""How a command file declares its command and its options, and what their help says."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import click

from cnnviz.cli._completing import offered
from cnnviz.errors import UsageError
from cnnviz.io.docstrings import docstring

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

Section = Literal["Look", "Compare", "Train", "Set up"]
SECTIONS: tuple[Section, ...] = get_args(Section)
"""The parts of `cnnviz --help`, in its order."""

_LAST = 99


class Command(click.Command):
    """A command, and where it stands in `cnnviz --help`."""

    def __init__(self, *arguments: Any, section: Section, place: int, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.section, self.place = section, place

    def summary(self) -> str:
        """Return the first paragraph of the help, on one line."""
        return " ".join((self.help or "").partition("\n\n")[0].split())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            for option in self.params:
                if isinstance(option, Option):
                    option.check_company(ctx)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        from cnnviz.io.boxes import Boxes

        with Boxes() as boxes:
            result = super().invoke(ctx)
        if (remark := boxes.remark()) and ctx.params.get("quiet", 0) < 2:
            from cnnviz.cli._messages import say

            say(remark)
        return result

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        declared = [option for option in self.params if isinstance(option, Option)]
        required = [f"{option.longest} {option.make_metavar(ctx)}" for option in declared if option.required]
        options, *arguments = super().collect_usage_pieces(ctx)
        return [*arguments, *required, *([options] if len(declared) > len(required) else [])]


class Argument(click.Argument):
    """An argument for which a shell offers what it may be."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        found = offered(ctx, self, incomplete)
        return super().shell_complete(ctx, incomplete) if found is None else found


class Option(click.Option):
    """An option whose help tells all that the declaration says: what is required, the default, the limits.

    A default is always shown; one that is worked out later is given in words, as `show_default`.

    Args:
        required: Whether the option is required; or a condition, in words for the help.
        hint: Where a required option is missing, what to write.
        only_with: Another option, by its longest name, without which this one says nothing and is refused.
    """

    def __init__(
        self,
        *names: Any,
        required: bool | str = False,
        hint: Callable[[], str] | None = None,
        only_with: str = "",
        **settings: Any,
    ) -> None:
        settings.setdefault("show_default", settings.get("default") is not None)
        super().__init__(*names, required=required is True, **settings)
        told = f"only with {only_with}" if only_with else ""
        self._condition = required if isinstance(required, str) else told
        self._hint = hint
        self.only_with = only_with

    @property
    def longest(self) -> str:
        """The name that messages call the option by."""
        return max(self.opts, key=len)

    def check_company(self, ctx: click.Context) -> None:
        """Refuse the option where the one is missing that it is for; what the environment sets is no mistake.

        Raises:
            click.UsageError: If it is.
        """
        typed = ctx.get_parameter_source(self.name or "") is click.core.ParameterSource.COMMANDLINE
        if not self.only_with or not typed:
            return
        other = next(it for it in ctx.command.params if isinstance(it, Option) and it.longest == self.only_with)
        if ctx.params[other.name or ""] in (None, False, ()):
            what = self.only_with if other.is_flag else f"{self.only_with} {other.make_metavar(ctx)}"
            raise click.UsageError(f"{self.longest} is for {what}: give that, too, or leave {self.longest} out", ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        found = offered(ctx, self, incomplete)
        return super().shell_complete(ctx, incomplete) if found is None else found

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        # click goes by the name of the function's parameter, which nobody sees.
        name = self.longest.lstrip("-").replace("-", "_").upper()
        return os.environ.get(f"{ctx.auto_envvar_prefix}_{name}") or super().resolve_envvar_value(ctx)

    def get_help_extra(self, ctx: click.Context) -> Any:
        extra = super().get_help_extra(ctx)
        if isinstance(self.show_default, str):  # click has it in parentheses
            extra["default"] = self.show_default
        if "range" in extra:
            extra["range"] = extra["range"].replace("x", self.make_metavar(ctx))
        if self._condition:
            extra["required"] = self._condition
        return extra

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        if record is None or not self.multiple:
            return record
        names, text = record
        return names, f"{text[:-1]}; repeatable]" if text.endswith("]") else f"{text}  [repeatable]"

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        try:
            return super().process_value(ctx, value)
        except click.MissingParameter:
            if self._hint is None:
                raise
            first, *more = f"{self.longest} is missing: {self._hint()}".split("\n")
            # click's own are of one line.
            raise (UsageError(first, *more) if more else click.UsageError(first, ctx)) from None


def define(section: Section, place: int = _LAST) -> Callable[[Callable[..., Any]], Command]:
    """Make a function the command of its file, which gives it its name.

    Args:
        section: Under which heading `cnnviz --help` lists the command.
        place: Where in that section; commands of the same place stand in alphabetical order.
    """

    def make(function: Callable[..., Any]) -> Command:
        name = function.__module__.rpartition(".")[2]
        # Under `python -OO` the docstring is in the source alone.
        return click.command(name, cls=Command, section=section, place=place, help=docstring(function))(function)

    return make


def argument(name: str, **settings: Any) -> Callable[[F], F]:
    """Declare an argument, as `click.argument` does."""
    return click.argument(name, cls=Argument, **settings)


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """Declare an option, as `click.option` does."""
    return click.option(*names, cls=Option, **settings)


def options(*declared: Callable[[F], F]) -> Callable[[F], F]:
    """Declare several options at once, which help lists in this order."""

    def add(function: F) -> F:
        for declare in reversed(declared):
            function = declare(function)
        return function

    return add
