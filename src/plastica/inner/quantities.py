"""What a network offers to the formulas of its rules, and whether a rule reads no more than that."""

from collections.abc import Mapping, Sequence

from plastica.rules.base import Rule

Quantities = Mapping[str, tuple[str, ...]]  # by event

FIXED_REMEDY = "choose another of the rules that `plastica rules` lists"


def check_reads(connection: str, rule: Rule, quantities: Quantities, offers_traces: bool = False) -> None:
    """Raise ValueError where a rule lacks an event of the network, or reads what neither it nor the network has.

    `offers_traces`: whether the network computes the rule's traces.
    """
    formulas = getattr(rule, "formulas", {})
    fixed = getattr(rule, "fixed", "")
    key = f"rules.{connection}" + (f'.fixed = "{fixed}"' if fixed else "")
    if set(formulas) != set(quantities):
        raise ValueError(
            f"{key} states {_listed(list(formulas))}, and this network asks for {_listed(list(quantities))}: "
            f"{FIXED_REMEDY if fixed else 'choose a kind of rule for such a network, or write these formulas'}"
        )
    traces = [trace.name for trace in rule.traces] if offers_traces else []
    parameters = [parameter.name for parameter in rule.parameters()]
    for trace in rule.traces if offers_traces else ():
        if isinstance(trace.tau, str) and trace.tau not in parameters:
            raise ValueError(
                f"rules.{connection}: the trace {trace.name} has the time constant {trace.tau}, which is no parameter "
                f"of the rule: name one of {_listed(parameters)}"
            )
    for event, offered in quantities.items():
        words = formulas[event].names
        beyond = [word for word in words if word not in (*offered, *traces, *parameters)]
        if beyond:
            raise ValueError(
                f"{key if fixed else f'{key}.{event}'} reads {_listed(beyond)}, and this network offers "
                f"{_listed([*offered, *traces])}: "
                f"{FIXED_REMEDY if fixed else 'write the formula in these and in parameters of the rule'}"
            )


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "nothing"
