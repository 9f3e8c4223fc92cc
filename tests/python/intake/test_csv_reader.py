"""What a header line says; one that is split wrongly shifts every column."""

import pytest

from python_steps.intake.csv_reader import CsvReader


@pytest.mark.parametrize(
    ("lines", "said", "names", "header_lines"),
    [
        (["a,b,c"], {}, ["a", "b", "c"], 1),
        (['"a,x",b,"c ""q"""'], {}, ["a,x", "b", 'c "q"'], 1),
        (["a;b c;"], {}, ["a", "b c", "column_3"], 1),
        (["a\tb"], {}, ["a", "b"], 1),
        (["a\t\tb"], {}, ["a", "column_2", "b"], 1),
        ([",b"], {}, ["column_1", "b"], 1),
        (["a|b|c\r", "1|2|3\r"], {}, ["a", "b", "c"], 1),
        ([' a , "b" '], {}, ["a", "b"], 1),
        (["\ufeffone", "1"], {}, ["one"], 1),
        (['"two', 'lines",b', "1,2"], {}, ["two\nlines", "b"], 2),
        (['"never closed,b', "1,2"], {}, ['"never closed', "b"], 1),
        (['5" pipe,b', "1,2"], {}, ['5" pipe', "b"], 1),
        (["a,b;c"], {"separator": ";"}, ["a,b", "c"], 1),
        (["'a,x',b"], {"quote": "'"}, ["a,x", "b"], 1),
        (['"a \\"q\\"",b'], {"escape": "\\"}, ['a "q"', "b"], 1),
        (["Report", None, "a,b"], {"skip": 2}, ["a", "b"], 2),
        (["fee,Fee,FEE"], {}, ["fee", "Fee_2", "FEE_3"], 1),
    ],
)
def test_a_header_is_split(lines, said, names, header_lines):
    reader = CsvReader.of(lines, said)
    assert reader.names == names
    assert reader.header_lines == header_lines
    assert not reader.clashing


def test_a_number_after_a_name_that_another_has_is_told():
    assert CsvReader.of(["fee,fee,fee_2"], {}).clashing == "fee_2"


@pytest.mark.parametrize("lines", [[], [None], ["  ", "1,2"]])
def test_a_file_with_no_header_has_no_reader(lines):
    assert CsvReader.of(lines, {}) is None
