"""What names of columns and words of values mean."""

import difflib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

# How columns are usually called, without case, blanks and signs.
_NAMES = {
    "user_id": (
        "userid", "customerid", "clientid", "clientnum", "custid", "customernumber", "id", "ид",
        "клиент", "идклиента", "номерклиента", "client", "kunde", "subscriber",
        "subscriberid", "employeenumber", "memberid", "policyid", "kundennummer", "kundennr",
        "accountno", "accountnumber", "clientno", "customerno", "memberno",
    ),
    "city": ("city", "town", "город"),
    "gender": ("gender", "sex", "пол"),
    "age": ("age", "ageyrs", "ageyears", "customerage", "возраст"),
    "credit_score": ("creditscore", "score", "rating", "кредитныйрейтинг", "рейтинг"),
    "equity_points": ("equity", "equitypoints", "property"),
    "balance": ("balance", "accountbalance", "баланс", "остаток"),
    "product_count": (
        "products", "numofproducts", "numberofproducts", "productcount", "продукты", "продуктов",
    ),
    "has_credit_card": ("creditcard", "hascrcard", "hascreditcard", "cc", "кредитнаякарта"),
    "is_active": ("isactive", "isactivemember", "active", "lastactivity", "активен", "активный"),
    "estimated_income": (
        "income", "estimatedsalary", "salary", "estsalary", "estimatedincome", "доход", "зарплата",
    ),
}  # fmt: skip
_USUAL = {spelt: name for name, all_spelt in _NAMES.items() for spelt in all_spelt}
# Numbers that are names of something.
_CODES = {
    "a postcode": r"(^|_)(plz|zip|zip_?code|post_?code|postal_?code|postal|индекс)$",
    "a telephone number": r"(^|_)(phone|tel|mobile|msisdn|телефон)(_(no|nr|number))?$",
    "a coordinate": r"(^|_)(lat|latitude|lon|lng|longitude)$|^long$",
    "a code": r"(^|_)(code|branch|sku|код|филиал)(_(id|no|nr|number))?$|_id$",
}
# Columns that say of which time a row is.
_TIMES = (
    "month|date|day|period|week|quarter|year|as_of|snapshot|monat|jahr|mes|месяц|дата|день|период|"
    "квартал|неделя|год"
)
TIME_NAME = re.compile(rf"(^|_)({_TIMES})($|_)")
# Columns that say when something was.
MOMENT_NAME = re.compile(
    rf"(^|_)({_TIMES}|time|timestamp|ts|at|on|since|epoch|last|login|joined|created|updated|opened|"
    r"closed|start|end|время|открыт|закрыт)($|_)"
)
# Texts that name somebody or tell of one.
_PERSONAL = (
    r"^(sur|last|first|full|middle|customer|client|family)?_?name$|^(имя|фио|отчество)$|фамили|"
    r"address|адрес|e_?mail|comment|комментар"
)
# Words that have an order, by what they are.
_SCALES = (
    ("very low", "low", "medium", "high", "very high"),
    ("niedrig", "mittel", "hoch"),
    ("low", "mid", "high"),
    ("low", "moderate", "high"),
    ("small", "medium", "large"),
    ("xs", "s", "m", "l", "xl", "xxl"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("none", "some", "many"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("poor", "fair", "good", "very good", "excellent"),
    ("basic", "standard", "premium"),
    ("bronze", "silver", "gold", "platinum"),
    ("bad", "average", "good"),
    ("aaa", "aa", "a", "bbb", "bb", "b", "ccc", "cc", "c", "d"),
    ("очень низкий", "низкий", "средний", "высокий", "очень высокий"),
    ("низкая", "средняя", "высокая"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
# Where a group of numbers begins, as in 18-29, 45+, <20, $40K - $60K or 1k-10k.
_GROUP = re.compile(
    r"((?P<under><|less than|under|unter|до|below)|>|over|above|more than|über|от|свыше)?"
    r"\s*[$€£₽]?(?P<number>\d[\d\s.,]*)\s*"
    r"(?P<unit>[kmт](?![a-zа-я]))?"
    r"(\s*(-|–|to|до)\s*[$€£₽]?\d.*|\s*\+|\s*[kmт]?\s*\+| and (over|more|above)|.*)",
    re.IGNORECASE,
)


def plain(name: str) -> str:
    """A column's name in small letters, words apart by ``_``."""
    apart = re.sub(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])", "_", name.replace("ß", "ss"))
    if not re.search("[а-яё]", apart, re.IGNORECASE):
        apart = unicodedata.normalize("NFKD", apart).encode("ascii", "ignore").decode()
    return re.sub(r"[\W_]+", "_", apart.lower()).strip("_")


def known_name(column: str) -> str:
    """The attribute that the models know under a column's name; empty where there is none."""
    plain = re.sub(r"[\W_]+", "", column.lower())
    if plain in _USUAL:
        return _USUAL[plain]
    near = difflib.get_close_matches(plain, _USUAL, n=1, cutoff=0.9)
    is_near = bool(near) and len(plain) > 4 and not re.search(r"\d", plain)
    return _USUAL[near[0]] if is_near else ""


def kind_of_code(column: str) -> str:
    """What a number is that is no amount, by the column's name; empty where it may be one."""
    name = plain(column)
    return next((what for what, pattern in _CODES.items() if re.search(pattern, name)), "")


def is_personal(column: str) -> bool:
    """Whether a column is called as names and addresses of persons are."""
    return bool(re.search(_PERSONAL, plain(column)))


def find_order(words: Sequence[str]) -> list[str]:
    """The natural order of words such as low and high, or of groups of numbers; else nothing."""
    if not 2 < len(words) <= 30:
        return []
    lowered = {word.lower().strip(): word for word in words}
    for scale in _SCALES:
        # Letters alone, as plans A, B and C, are no ratings.
        if set(lowered) <= set(scale) and max(map(len, lowered)) > 1:
            return [lowered[one] for one in scale if one in lowered]
    starts = {}
    for word in words:
        found = _GROUP.fullmatch(word.strip())
        if not found:
            return []
        number = re.sub(r"[\s,]", "", found["number"]).rstrip(".")
        try:
            start = float(number)
        except ValueError:
            return []
        start *= {"k": 1e3, "т": 1e3, "m": 1e6}.get((found["unit"] or "").lower(), 1)
        starts[word] = -1.0 if found["under"] else start
    return sorted(words, key=lambda word: (starts[word], word))


def label_of(column: str) -> str:
    """What people call a column: its words in small letters."""
    # A small letter that stands alone belongs to what follows, as in kWh.
    small, large = "[a-zа-яё]", "[A-ZА-ЯЁ]"
    apart = re.sub(rf"(?<={small})(?<!\b{small})(?<!_{small})(?={large})", " ", column)
    return re.sub(r"[\W_]+", " ", apart.lower()).strip()


def phrases_of(label: str) -> dict[str, Any]:
    """How a yes and a no of an attribute are said."""
    first, _, rest = label.partition(" ")
    if first in ("is", "has") and rest:
        with_it, without = (
            (rest, f"not {rest}") if first == "is" else (f"with {rest}", f"without {rest}")
        )
    else:
        with_it, without = f"with {label}", f"without {label}"
    return {"words": {"yes": with_it, "no": without, "missing": f"{label} unknown"}}
