"""Every bad setting is one sentence with the dotted key, the value and what is allowed."""

import pytest

from plastica.config import load
from plastica.errors import UserError
from plastica.toml_text import setting

# (setting, the key that the sentence names, what else it says)
BAD = [
    # sizes and counts
    ("network.inputs=0", "network.inputs = 0", "greater than 0"),
    ("network.inputs=1000000000", "network.inputs = 1000000000", "less than or equal to 100000"),
    ("network.outputs=1000000000", "network.outputs = 1000000000", "less than or equal to 1000"),
    ("network.inputs=-3", "network.inputs = -3", "greater than 0"),
    ("network.outputs=0", "network.outputs = 0", "greater than 0"),
    ("network.outputs=4", "network.outputs = 4", "more than network.inputs = 3"),
    ("network.updates=0", "network.updates = 0", "greater than 0"),
    ("data.count=0", "data.count = 0", "greater than 0"),
    ("data.batch=0", "data.batch = 0", "greater than 0"),
    ("data.batches=0", "data.batches = 0", "greater than 0"),
    ("data.refresh=0", "data.refresh = 0", "greater than 0"),
    ("held_out.count=0", "held_out.count = 0", "greater than or equal to 1"),
    ("held_out.random_rules=0", "held_out.random_rules = 0", "greater than or equal to 1"),
    ("generations=0", "generations = 0", "greater than 0"),
    ("seed=-1", "seed = -1", "greater than or equal to 0"),
    ("engine.threads=-1", "engine.threads = -1", "greater than or equal to 0"),
    # wrong types
    ("network.inputs=1.5", "network.inputs = 1.5", "integer"),
    ("network.inputs=three", "network.inputs = 'three'", "integer"),
    ("network.inputs=[3]", "network.inputs = [3]", "integer"),
    ("network=5", "network = 5", "table of keys"),
    ("seed=abc", "seed = 'abc'", "integer"),
    ("seed.x=1", "seed = {'x': 1}", "integer"),
    ("rules=5", "rules = 5", "table of keys"),
    ("search=5", "search = 5", "table of keys"),
    ("engine=5", "engine = 5", "table of keys"),
    ("search.name=[1]", "search.name = '[1]'", "'cma'"),
    # rates and other numbers
    ("network.eta=-0.1", "network.eta = -0.1", "greater than 0"),
    ("network.eta=0", "network.eta = 0", "greater than 0"),
    ("network.eta=nan", "network.eta = nan", "finite"),
    ("network.eta=inf", "network.eta = inf", "finite"),
    ("network.eta_lateral=-1", "network.eta_lateral = -1", "greater than 0"),
    ("network.initial_norm=-1", "network.initial_norm = -1", "greater than or equal to 0"),
    ("network.weight_bound=0", "network.weight_bound = 0", "greater than 0"),
    ("loss.unstable=0", "loss.unstable = 0", "greater than 0"),
    # unknown keys
    ("nework.inputs=3", "nework = {'inputs': 3}", "no such key; `plastica config TASK` prints all"),
    ("network.input=3", "network.input = 3", "no such key"),
    ("foo=1", "foo = 1", "no such key"),
    ("network..inputs=3", "--set network..inputs=3", "empty part between its dots"),
    ("data.spectrum.ratio=0.5", "data.spectrum.ratio = 0.5", "no such key"),
    # spectra
    ("data.spectrum=[1, 0.5]", "data.spectrum lists 2 variances for network.inputs = 3", "list one for each input"),
    ("data.spectrum=[1, -1, 0.5]", "data.spectrum.1 = -1", "greater than or equal to 0.00000001"),
    ('data.spectrum=[1, "a", 0.5]', "data.spectrum.1 = 'a'", "number"),
    ("data.spectrum=round", "data.spectrum = 'round'", "a list, or input should be a table of keys"),
    ("data.spectrum.shape=round", "data.spectrum.shape = 'round'", "'linear', 'geometric', 'leading'"),
    ("data.spectrum.first=-1", "data.spectrum.first = -1", "greater than or equal to 0.00000001"),
    ('data.spectrum={shape="leading", leading=[]}', "data.spectrum.leading = []", "at least 1 item"),
    ('data.spectrum={shape="geometric", ratio=2}', "data.spectrum.ratio = 2", "less than or equal to 1"),
    ("data.scale=[2, 1]", "data.scale = [2.0, 1.0]", "must not be larger"),
    ("data.scale=[0, 1]", "data.scale.0 = 0", "greater than or equal to 0.00000001"),
    ("data.scale=[1]", "data.scale.1 is missing", "add it"),
    # rules
    ("rules.feedforward.order=0", "rules.feedforward.order = 0", "greater than or equal to 1"),
    ("rules.feedforward.order=5", "rules.feedforward.order = 5", "less than or equal to 4"),
    ("rules.feedforward.terms=[]", "rules.feedforward.terms = []", 'list at least one, such as "110", or write "all"'),
    ('rules.feedforward.terms=["119"]', 'rules.feedforward.terms: "119"', "a digit from 0 to 2 for each variable"),
    ('rules.feedforward.terms=["110", "021", "110"]', 'rules.feedforward.terms: "110"', "2 times: list each term once"),
    ("rules.feedforward.terms=[110]", "rules.feedforward.terms.0 = 110", "string"),
    ("rules.feedforward.terms=110", "rules.feedforward.terms = 110", "'all', or input should be a list"),
    ("rules.feedforward.initial_sd=-1", "rules.feedforward.initial_sd = -1", "greater than or equal to 0"),
    ("rules.feedforward.kind=volter", "rules.feedforward.kind = 'volter'", "choose from 'volterra', 'perceptron'"),
    ("rules.feedforward=5", "rules.feedforward = 5", "table of keys"),
    ("rules.feedforward.kind=formula", "rules.feedforward.change, on_pre and on_post are empty", "say what happens"),
    ("rules.feedforward.change=x*y", "rules.feedforward.change = 'x*y'", "there is no such key"),
    ("rules.feedforward={kind='formula', change='x+'}", "rules.feedforward.change, column 3", "is missing"),
    ("rules.feedforward.variables=[]", "rules.feedforward.variables = []", 'such as ["x", "y", "w"]'),
    ('rules.feedforward.variables=["x", "x"]', 'rules.feedforward.variables: "x"', "list each quantity once"),
    ('rules.feedforward.variables=["exp"]', "rules.feedforward.variables: exp", "it is a function"),
    (
        "rules.feedforward.fixed=delta",
        'rules.feedforward.fixed = "delta" reads e',
        "this network offers x, y, w: choose",
    ),
    (
        "rules.feedforward.fixed=song_2000",
        'rules.feedforward.fixed = "song_2000" states on_pre, on_post',
        "`plastica ru",
    ),
    (
        "rules.feedforward={kind='perceptron', fixed='bcm'}",
        'rules.feedforward.fixed = "bcm": bcm is not',
        "`plastica r",
    ),
    ('rules.feedforward={order=4, variables=["x","y","w","a","b"]}', "rules.feedforward.order = 4", "at most 1,000"),
    ("rules.feedforward={kind='perceptron', hidden=[]}", "rules.feedforward.hidden = []", "at least 1 item"),
    ("rules.feedforward={kind='perceptron', hidden=[99, 99]}", "rules.feedforward.hidden = [99, 99]", "fewer units"),
    ("rules.feedforward={kind='perceptron', activation='relu'}", "rules.feedforward.activation", "'tanh' or 'sigmoid'"),
    ("rules.feedforward.fixed=ojo", 'rules.feedforward.fixed = "ojo": ojo is not a known rule', "did you mean oja?"),
    ('rules.feedforward={fixed="oja", order=1}', "rules: every connection is held fixed", "free at least one"),
    ("rules.feedforward.fixed=oja", "rules: every connection is held fixed", "free at least one"),
    ("rules.lateral.order=1", "rules.lateral = {'order': 1}", "no such key"),
    ("network.outputs=2", "lateral connections, for which the task oja has no rule", 'network.lateral = "none"'),
    # searches and engines
    ("search.population=3", "search.population = 3", "greater than or equal to 4"),
    ("search.sigma0=0", "search.sigma0 = 0", "greater than 0"),
    ("search.l1=-1", "search.l1 = -1", "greater than or equal to 0"),
    ("search.name=annealing", "search.name = 'annealing'", "choose from 'cma', 'lra-cma', 'adam'"),
    ("search.options={foo=1}", "search.options.foo", "the cma package has no such option"),
    ("search.options={maxiter='99 * N'}", "search.options.maxiter = '99 * N'", "a number, a list, true or false"),
    ("search.options={popsize=2}", "search.options.popsize is set by plastica", "use search.population"),
    ("engine.name=cloud", "engine.name = 'cloud'", "'threads'"),
    # tasks
    ("task=oha", "there is no task oha", "did you mean oja?"),
    ("task=5", "there is no task 5", "choose from oja"),
    ("task=zzz", "there is no task zzz", "choose from oja"),
]

BAD_PAIRS = [
    ("network.outputs=6", "network.outputs = 6", "more than network.inputs = 5"),
    ("network.lateral=[[0, 0], [1, 0]]", "network.lateral has 2 rows of [2] numbers", "give 5 rows of 5"),
    ("network={outputs=2, lateral=[[0], [1, 0]]}", "network.lateral has 2 rows of [1, 2] numbers", "give 2 rows of 2"),
    ("network={outputs=2, lateral=[[0, 1], [1, 0]]}", "network.lateral has a 1 at row 1, column 2", "close a cycle"),
    ("network={outputs=2, lateral=[[0, 0], [0, 1]]}", "network.lateral has a 1 at row 2, column 2", "close a cycle"),
    ("network={outputs=2, lateral=[[0, 0], [2, 0]]}", "network.lateral.1.0 = 2", "0 or 1"),
    ("network.lateral=ring", "network.lateral = 'ring'", "'hierarchical' or 'none', or input should be a list"),
    ("rules.recurrent.order=2", "rules.recurrent = {'order': 2}", "no such key"),
    ("rules.lateral.fixed=antihebb", 'rules.lateral.fixed = "antihebb"', "did you mean anti_hebb?"),
    ('rules.lateral={terms=["003"]}', 'rules.lateral.terms: "003"', "a digit from 0 to 2 for each variable"),
    ("data.spectrum=[3, 2, 1]", "data.spectrum lists 3 variances for network.inputs = 5", "list one for each input"),
]

CASES = [("oja", *case) for case in BAD] + [("principal-components", *case) for case in BAD_PAIRS]


@pytest.mark.parametrize(("task", "text", "key", "allowed"), CASES, ids=[f"{case[0]}:{case[1]}" for case in CASES])
def test_it_is_one_sentence(task, text, key, allowed):
    """The dotted key with its value comes first, then what is allowed; nothing of pydantic's own language."""
    with pytest.raises(UserError) as caught:
        load(task, dict([setting(text)]))
    sentence = str(caught.value)
    assert key in sentence
    assert allowed in sentence
    assert sentence.index(key) <= len("network has ")
    assert "\n" not in sentence
    for word in ("pydantic", "Value error", "tuple[", "literal[", "constrained", "instance of"):
        assert word not in sentence


@pytest.mark.parametrize("text", ["network.inputs", "=3", " =3", ""])
def test_a_setting_is_a_key_and_a_value(text):
    """`--set` without both shows how to write it."""
    with pytest.raises(UserError, match=r"--set .*: write it as key=value, such as network\.inputs=5"):
        setting(text)
