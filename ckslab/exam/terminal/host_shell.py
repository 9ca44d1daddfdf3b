"""A shell on a task's host: its prompt tells host and time left, and ssh from there is refused as in the exam."""

from __future__ import annotations

from collections.abc import Sequence

# Set at each prompt, after the node's own settings; what is left never grows, whatever the clock says.
_PROMPT = r"""
CKSLAB_LEFT=$((CKSLAB_ENDS - EPOCHSECONDS))
[ "$CKSLAB_LEFT" -gt "${CKSLAB_LEAST:-$CKSLAB_LEFT}" ] && CKSLAB_LEFT=$CKSLAB_LEAST
[ "$CKSLAB_LEFT" -lt 0 ] && CKSLAB_LEFT=0
CKSLAB_LEAST=$CKSLAB_LEFT
printf -v CKSLAB_SHOWN '%d:%02d:%02d' $((CKSLAB_LEFT/3600)) $((CKSLAB_LEFT/60%60)) $((CKSLAB_LEFT%60))
PS1="$CKSLAB_SHOWN root@$CKSLAB_HOST:\w# "
"""

_REFUSED = "from host to host is not supported: `exit` leads back to base, ssh to the next host from there"


# What the kernel does where the terminal is the host's own. An engine ends its client alone.
_HANG_UP = r"""
for file in $(grep -lsz "^CKSLAB_VISIT=$1\$" /proc/[0-9]*/environ); do
    stat=$(<"${file%environ}stat")
    fields=(${stat##*) })
    [ "${fields[4]}" = 0 ] || kill -s HUP "${file//[!0-9]/}"
done
"""


def hang_up(mark: str) -> list[str]:
    """The command that ends what is on the terminal of the shell with this mark."""
    return ["/bin/bash", "-c", _HANG_UP, "hang-up", mark]


def on_host(argv: Sequence[str], host: str, ends: float, mark: str) -> list[str]:
    """The command that runs `argv` on the host.

    ends: when time is up, by the machine's clock. mark: what hang_up knows it by.
    """
    prompt = "; ".join(_PROMPT.strip().splitlines())
    settings = {
        "CKSLAB_HOST": host,
        "CKSLAB_ENDS": str(int(ends)),
        "CKSLAB_GREETED": "1",
        "CKSLAB_VISIT": mark,
        "PROMPT_COMMAND": prompt,
        "BASH_FUNC_ssh%%": f"() {{ echo 'ssh: {_REFUSED}' >&2; return 255; }}",
        "BASH_FUNC_scp%%": f"() {{ echo 'scp: {_REFUSED}' >&2; return 255; }}",
    }
    return ["/usr/bin/env", *(f"{name}={value}" for name, value in settings.items()), *argv]
