"""Random expressions on Spark, as `test_expression_sql` has them on the other engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spark_server import missing, session
from test_expression_sql import COLUMNS, Row, expressions, rows, value

from bxc import expr as e
from bxc import types as t
from bxc.codegen.sql.dialect import SPARK
from bxc.codegen.sql.expression import render
from bxc.database.spark import SparkStore, arrow_type, plain, q
from bxc.expr import Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql.connect.session import SparkSession

REASON = missing()
pytestmark = pytest.mark.skipif(REASON is not None, reason=REASON or "")


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    found = session()
    yield found
    found.stop()


def load(spark: SparkSession, content: list[Row]) -> None:
    import pyarrow as pa

    columns = {"n": pa.array(range(len(content)), pa.int64())}
    columns |= {
        name: pa.array([plain(row[name]) for row in content], arrow_type(type_)) for name, type_ in COLUMNS.items()
    }
    spark.createDataFrame(pa.table(columns)).createOrReplaceTempView("t")


@settings(max_examples=40, deadline=None)
@given(rows, st.lists(expressions, min_size=1, max_size=8))
def test_spark_gives_an_expression_the_value_of_three_valued_logic(
    spark: SparkSession, content: list[Row], exprs: list[e.Expr]
) -> None:
    load(spark, content)
    texts = [render(expr, SPARK, lambda c: "t." + q(c.name)) for expr in exprs]
    selected = ", ".join(f"{text} as x{i}" for i, text in enumerate(texts))
    found = spark.sql(f"select {selected} from t order by n").collect()
    for i, (expr, text) in enumerate(zip(exprs, texts, strict=True)):
        assert [row[i] for row in found] == [plain(value(expr, row)) for row in content], text


@pytest.mark.parametrize(
    ("held", "type_"),
    [
        ("it's; \\ 'quoted'\n--", t.Text()),
        ("\\u0041\\%\\_${x}", t.Text()),
        (b"'\\\x00\xff", t.Bytes()),
        (-(2**63), t.Int()),
        (1e300, t.Real()),
    ],
)
def test_constants_are_what_they_say(spark: SparkSession, held: Any, type_: t.Type) -> None:
    text = f"cast({SPARK.literal(Literal(held, type_))} as {SPARK.column_type(type_)})"
    ((found,),) = [tuple(row) for row in spark.sql(f"select {text} as x").collect()]
    assert found == held


def test_what_a_type_does_not_hold_is_found(spark: SparkSession) -> None:
    cases: list[tuple[t.Type, str, bool]] = [
        (t.Text(), "'a\\u0000'", False),
        (t.Varchar(2), "'ab🙂'", False),
        (t.Varchar(3), "'ab🙂'", True),
        (t.Enum(("it's",)), "'it\\'s'", True),
        (t.Uuid(), "'ffffffff-0000-4000-8000-00000000000a'", True),
        (t.Uuid(), "'FFFFFFFF-0000-4000-8000-00000000000A'", False),
        (t.Uuid(), "'ffffffff-0000-4000-8000-00000000000a\\n'", False),
        (t.Real(), "double('NaN')", False),
        (t.Real(), "double('-Infinity')", False),
        (t.Real(), "1.7976931348623157e308", True),
    ]
    for type_, text, holds in cases:
        check = SPARK.type_check(type_, "x")
        ((found,),) = [tuple(row) for row in spark.sql(f"select {check} from (select {text} as x)").collect()]
        assert found is holds, (type_, text)


def test_the_store_tells_that_sail_has_no_history(spark: SparkSession) -> None:
    store = SparkStore.__new__(SparkStore)
    store.session, store.location, store.own_views = spark, None, []
    assert not store.tells_history
