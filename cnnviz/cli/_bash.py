"""Completion in bash as click has it, but for names beside files, and for names with a colon.

bash splits words at colons and equals signs: of `sample:di` it completes `di` alone.
"""

from __future__ import annotations

from typing import ClassVar

from click.shell_completion import BashComplete, CompletionItem, add_completion_class

from cnnviz.io.samples import SAMPLE

_SPLIT = [SAMPLE.rstrip(":"), ":"]


def know_bash() -> None:
    """Let click answer bash as it is done here."""
    add_completion_class(_Bash)


class _Bash(BashComplete):
    source_template: ClassVar[str] = r"""%(complete_func)s() {
    local IFS=$'\n' response completion type value files=
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete $1)
    COMPREPLY=()
    for completion in $response; do
        IFS=, read -r type value <<< "$completion"
        case $type in
            plain) COMPREPLY+=("$value") ;;
            file) files=yes ;;
            dir) compopt -o dirnames ;;
        esac
    done
    if [[ $files && ${#COMPREPLY[@]} = 0 ]]; then
        compopt -o default
    elif [[ $files ]]; then
        for value in $(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"); do
            printf -v type %%q "$value"
            [[ -d $value ]] && type+=/
            COMPREPLY+=("$type")
        done
    fi
    [[ ${#COMPREPLY[@]} = 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    _before = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is completed, and what there is of that, put together again."""
        args, incomplete = super().get_completion_args()
        words: list[str] = []
        parts = [*args, incomplete]
        while parts:
            word, *parts = parts
            if [word, *parts[:1]] == _SPLIT:
                self._before = "" if parts[2:] else SAMPLE
                word, parts = SAMPLE + "".join(parts[1:2]), parts[2:]
            elif word == "=" and words and words[-1].startswith("--"):  # `--config=l3`
                word, parts = "".join(parts[:1]), parts[1:]
            words.append(word)
        return words[:-1], words[-1]

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Write an item, without what bash takes for words before."""
        return f"{item.type},{item.value.removeprefix(self._before)}"
