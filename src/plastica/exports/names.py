"""Words that mean something in other languages, which a model's traces and parameters cannot be called."""

import re

_PREFIX = "(?:y|z|a|f|p|n|u|m|c|d|da|h|k|M|G|T|P|E|Z|Y)?"
_UNIT = re.compile(
    f"{_PREFIX}(?:metre|meter|m|gram|gramme|g|second|s|amp|ampere|A|kelvin|mole|mol|candle|radian|steradian|hertz|Hz|"
    "newton|N|pascal|Pa|joule|J|watt|W|coulomb|C|volt|V|farad|F|ohm|Ohm|siemens|S|weber|Wb|tesla|T|henry|H|lumen|lux|"
    "becquerel|Bq|gray|Gy|sievert|Sv|katal|kat|molar|M|liter|litre|l|K|cd|rad|sr|lm|lx)[23]?|kilogram|kilogramme|celsius"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONS = _words(
    "exp log log10 ln tanh sqrt abs sin cos tan sinh cosh arcsin arccos arctan asin acos atan clip int sign ceil floor "
    "round rand randn poisson binomial exprel expm1 log1p erf erfc min max where"
)
BRIAN2_TAKEN = FUNCTIONS | _words(
    "e pi inf i j t dt N w v ge gi x y u timestep not_refractory lastspike refractory t_in_timesteps lastupdate "
    "delay drive heard error eta change changed gbar_i w_max target targets stimuli xi"
)
NESTML_TAKEN = FUNCTIONS | _words(
    "model state parameters internals equations input output update function kernel inline delay real integer "
    "boolean string void elif end true false inf e t step recordable homogeneous continuous spike onReceive "
    "onCondition priority steps resolution timestep emit_spike integrate_odes convolve print println delta w "
    "w_max delay_syn changed pre_spikes post_spikes random_normal random_uniform random_poisson "
    "int double float char bool auto new delete default switch case static const template this register typedef "
    "typename union unsigned signed short long struct enum extern friend goto inline namespace operator private "
    "protected public sizeof throw using virtual volatile do catch explicit mutable export nest names"
)


def is_unit(word: str) -> bool:
    return _UNIT.fullmatch(word) is not None
