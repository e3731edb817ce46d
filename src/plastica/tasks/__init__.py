"""What is asked: network x rules x datasets x loss, composed in one small file a task; nothing here searches.

>>> from plastica import TASKS
>>> TASKS["oja"].summary
"a rate neuron finds its first principal component: Oja's rule (section 3.1, Fig. 1)"
"""

from plastica.tasks.associative_memory import ASSOCIATIVE_MEMORY
from plastica.tasks.delta_rule import DELTA_RULE
from plastica.tasks.familiarity import FAMILIARITY
from plastica.tasks.independent_components import INDEPENDENT_COMPONENTS
from plastica.tasks.inhibitory_balance import INHIBITORY_BALANCE
from plastica.tasks.oja import OJA
from plastica.tasks.principal_components import PRINCIPAL_COMPONENTS
from plastica.tasks.recurrent_stability import RECURRENT_STABILITY
from plastica.tasks.task import Evaluation, Preset, Task

TASKS: dict[str, Preset] = {
    "oja": OJA,
    "principal-components": PRINCIPAL_COMPONENTS,
    "inhibitory-balance": INHIBITORY_BALANCE,
    "delta-rule": DELTA_RULE,
    "associative-memory": ASSOCIATIVE_MEMORY,
    "independent-components": INDEPENDENT_COMPONENTS,
    "recurrent-stability": RECURRENT_STABILITY,
    "familiarity": FAMILIARITY,
}

__all__ = ["TASKS", "Evaluation", "Preset", "Task"]
