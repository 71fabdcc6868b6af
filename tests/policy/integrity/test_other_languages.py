"""Suites that are not Python are read by how they are written, and weighed by the same rules."""

from __future__ import annotations

import pytest

from tests.policy.integrity.changes import Files, rules_of, told, worst

JS = """
import { total } from './shop';

describe('shop', () => {
  it('sums up', () => {
    expect(total([1, 2])).toBe(3);
  });
  it('is nothing for nothing', async () => {
    const sum = await total([]);
    expect(sum).toEqual(0); // it('is a comment')
  });
});
"""
GO = """
package shop

func TestTotal(t *testing.T) {
	if got := Total(1, 2); got != 3 {
		t.Fatalf("got %d", got)
	}
	assert.Equal(t, 3, Total(1, 2))
}

func TestEmpty(t *testing.T) {
	require.Equal(t, 0, Total())
}
"""
JAVA = """
class ShopTest {
    @Test
    void sumsUp() {
        assertEquals(3, shop.total(1, 2));
    }

    @Test
    @DisplayName("nothing")
    public void nothing() throws Exception {
        assertThat(shop.total()).isEqualTo(0);
    }
}
"""
RUST = """
pub fn total() -> u32 { 3 }

#[cfg(test)]
mod tests {
    #[test]
    fn sums_up() {
        assert_eq!(total(), 3);
    }

    #[test]
    fn nothing() {
        assert!(total() > 0);
    }
}
"""
PHP = """<?php
class ShopTest extends TestCase {
    public function testSum(): void {
        $this->assertSame(3, total(1, 2));
    }
    public function testNothing(): void {
        self::assertSame(0, total());
    }
}
"""
BATS = """
@test "sums up" {
  run total 1 2
  [ "$status" -eq 0 ]
  [ "$output" = "3" ]
}

@test "nothing" {
  run total
  [ "$output" = "0" ]
}
"""
RUBY = """
describe Shop do
  it 'sums up' do
    expect(shop.total(1, 2)).to eq(3)
  end

  it 'is nothing' do
    expect(shop.total).to eq(0)
  end
end
"""
J, G, A, R, P, B, Y = (
    *("src/shop.test.js", "shop/total_test.go", "src/test/java/ShopTest.java"),
    *("src/lib.rs", "tests/ShopTest.php", "tests/shop.bats", "spec/shop_spec.rb"),
)


def edited(path: str, text: str, *changes: tuple[str, str]) -> tuple[Files, Files]:
    after = text
    for old, new in changes:
        assert old in after, old
        after = after.replace(old, new, 1)
    return {path: text}, {path: after}


CHEATS: dict[str, tuple[tuple[Files, Files], str]] = {
    "js: left early": (edited(J, JS, ("    expect(total([1", "    return;\n    expect(total([1")), "early-return"),
    "js: caught": (
        edited(J, JS, ("    expect(total([1, 2])).toBe(3);", "    try { expect(total([1, 2])).toBe(3); } catch {}")),
        "swallowed-assertions",
    ),
    "js: itself": (edited(J, JS, ("toBe(3)", "toBe(total([1, 2]))")), "empty-assertion"),
    "js: assertions replaced": (edited(J, JS, ("describe(", "assert.equal = () => {};\ndescribe(")), "empty-assertion"),
    "go: left early": (edited(G, GO, ("\tif got :=", "\treturn\n\tif got :=")), "early-return"),
    "go: never": (edited(G, GO, ("got != 3", "false && got != 3")), "unreachable-assertions"),
    "go: recovered": (
        edited(G, GO, ("\tif got :=", "\tdefer func() { recover() }()\n\tif got :=")),
        "swallowed-assertions",
    ),
    "go: another build": (edited(G, GO, ("package shop", "//go:build never\n\npackage shop")), "new-skip"),
    "go: ended well": (
        edited(G, GO, ("func TestE", "func TestMain(m *testing.M) {\n\tm.Run()\n\tos.Exit(0)\n}\n\nfunc TestE")),
        "early-exit",
    ),
    "bats: or true": (edited(B, BATS, ('= "3" ]', '= "3" ] || true')), "empty-assertion"),
    "bats: left early": (edited(B, BATS, ("  run total 1", "  return 0\n  run total 1")), "early-return"),
    "bats: negated": (edited(B, BATS, ('[ "$output" = "3" ]', '! [ "$output" = "9" ]')), "looser-assertion"),
    "bats: a run that runs nothing": (
        edited(B, BATS, ('@test "s', 'run() { output=3; }\n\n@test "s')),
        "empty-assertion",
    ),
    "bats: an output by hand": (edited(B, BATS, ("  run total 1 2", "  output=3; status=0")), "empty-assertion"),
    "bats: set +e": (edited(B, BATS, ("  run total 1", "  set +e\n  run total 1")), "early-exit"),
    "js: skip": (edited(J, JS, ("it('sums", "it.skip('sums")), "new-skip"),
    "js: xit": (edited(J, JS, ("it('sums", "xit('sums")), "new-skip"),
    "js: todo": (edited(J, JS, ("it('sums", "test.todo('sums up');\n  it('sums")), "new-skip"),
    "js: describe.skip": (edited(J, JS, ("describe(", "describe.skip(")), "new-skip"),
    "js: only": (edited(J, JS, ("it('is nothing", "it.only('is nothing")), "focused-tests"),
    "js: deleted": (
        edited(J, JS, ("  it('sums up', () => {\n    expect(total([1, 2])).toBe(3);\n  });\n", "")),
        "fewer-tests",
    ),
    "js: commented out": (
        edited(J, JS, ("  it('sums up'", "  /* it('sums up'"), ("toBe(3);\n  });", "toBe(3);\n  }); */")),
        "fewer-tests",
    ),
    "js: toBeDefined": (edited(J, JS, ("toBe(3)", "toBeDefined()")), "looser-assertion"),
    "js: toBeTruthy": (edited(J, JS, ("toEqual(0)", "toBeTruthy()")), "looser-assertion"),
    "js: true is true": (
        edited(J, JS, ("expect(total([1, 2])).toBe(3)", "expect(true).toBe(true)")),
        "empty-assertion",
    ),
    "js: an assertion less": (edited(J, JS, ("    expect(total([1, 2])).toBe(3);\n", "")), "fewer-assertions"),
    "js: an assertion in a comment": (edited(J, JS, ("    expect(total", "    // expect(total")), "fewer-assertions"),
    "js: not": (edited(J, JS, ("toBe(3)", "not.toBe(4)")), "looser-assertion"),
    "js: mocked": (edited(J, JS, ("describe", "jest.mock('./total');\ndescribe")), "mocked-subject"),
    "js: retried": (edited(J, JS, ("describe", "jest.retryTimes(5);\ndescribe")), "more-retries"),
    "js: a file that is gone": (({J: JS}, {}), "fewer-tests"),
    "go: skip": (edited(G, GO, ("{\n\tif got", '{\n\tt.Skip("later")\n\tif got')), "new-skip"),
    "go: deleted": (
        edited(G, GO, ("func TestEmpty(t *testing.T) {\n\trequire.Equal(t, 0, Total())\n}\n", "")),
        "fewer-tests",
    ),
    "go: renamed": (edited(G, GO, ("func TestEmpty", "func testEmpty")), "fewer-tests"),
    "go: logged": (edited(G, GO, ("t.Fatalf", "t.Logf")), "fewer-assertions"),
    "go: looser": (edited(G, GO, ("require.Equal(t, 0, Total())", "require.NotNil(t, Total())")), "looser-assertion"),
    "go: never built": (edited(G, GO, ("package shop", "//go:build ignore\n\npackage shop")), "new-skip"),
    "java: disabled": (edited(A, JAVA, ("    @Test\n    void", "    @Disabled\n    @Test\n    void")), "new-skip"),
    "java: ignored": (edited(A, JAVA, ("    @Test\n    void", "    @Test\n    @Ignore\n    void")), "new-skip"),
    "java: no annotation": (edited(A, JAVA, ("    @Test\n    void", "    void")), "fewer-tests"),
    "java: true": (edited(A, JAVA, ("assertEquals(3, shop.total(1, 2))", "assertTrue(true)")), "empty-assertion"),
    "java: looser": (edited(A, JAVA, ("isEqualTo(0)", "isNotNull()")), "looser-assertion"),
    "java: assumed": (
        edited(A, JAVA, ("        assertEquals", "        assumeTrue(false);\n        assertEquals")),
        "new-skip",
    ),
    "rust: ignore": (edited(R, RUST, ("#[test]\n    fn sums", "#[test]\n    #[ignore]\n    fn sums")), "new-skip"),
    "rust: no test": (edited(R, RUST, ("    #[test]\n    fn sums", "    fn sums")), "fewer-tests"),
    "rust: looser": (edited(R, RUST, ("assert_eq!(total(), 3)", "assert!(total().is_some())")), "looser-assertion"),
    "rust: true": (edited(R, RUST, ("assert_eq!(total(), 3)", "assert!(true)")), "empty-assertion"),
    "php: skipped": (
        edited(P, PHP, ("        $this->", "        $this->markTestSkipped('x');\n        $this->")),
        "new-skip",
    ),
    "php: incomplete": (
        edited(P, PHP, ("        $this->", "        $this->markTestIncomplete();\n        $this->")),
        "new-skip",
    ),
    "php: deleted": (edited(P, PHP, ("function testSum", "function sum")), "fewer-tests"),
    "php: true": (edited(P, PHP, ("assertSame(3, total(1, 2))", "assertTrue(true)")), "empty-assertion"),
    "bats: skip": (edited(B, BATS, ("  run total 1", "  skip\n  run total 1")), "new-skip"),
    "bats: less": (edited(B, BATS, ('  [ "$output" = "3" ]\n', "")), "fewer-assertions"),
    "bats: deleted": (edited(B, BATS, ('@test "nothing"', "nothing()")), "fewer-tests"),
    "ruby: xit": (edited(Y, RUBY, ("  it 'sums", "  xit 'sums")), "new-skip"),
    "ruby: pending": (
        edited(Y, RUBY, ("do\n    expect(shop.total(1", "do\n    pending\n    expect(shop.total(1")),
        "new-skip",
    ),
    "ruby: looser": (edited(Y, RUBY, ("to eq(3)", "to be_truthy")), "looser-assertion"),
    "python that does not parse": (
        edited(
            "tests/test_a.py", "def test_a():\n    print 'a'\n    assert a() == 1\n", ("assert a() == 1", "assert True")
        ),
        "empty-assertion",
    ),
}

HONEST: dict[str, tuple[Files, Files]] = {
    "js: moved": ({J: JS}, {"src/deep/shop.test.js": JS}),
    "js: renamed": edited(J, JS, ("'sums up'", "'adds all of it'")),
    "js: layout": edited(J, JS, ("expect(total([1, 2])).toBe(3);", "expect(\n      total([1, 2]),\n    ).toBe(3);")),
    "js: a comment about skipping": edited(J, JS, ("describe", "// it.skip('never') is not for us\ndescribe")),
    "js: a text about skipping": edited(J, JS, ("'sums up'", "'sums up and uses it.skip(1)'")),
    "js: a ticket": edited(J, JS, ("it('sums up'", "it.skip('SHOP-12 sums up'")),
    "js: split": (
        {J: JS},
        {
            J: JS.replace("  it('sums up', () => {\n    expect(total([1, 2])).toBe(3);\n  });\n", ""),
            "src/sums.test.js": "it('sums up', () => {\n    expect(total([1, 2])).toBe(3);\n});\n",
        },
    ),
    "js: a clean-up that may fail": edited(J, JS, ("toBe(3);", "toBe(3);\n    try { fs.rmSync('x'); } catch {}")),
    "js: what is thrown is looked at": edited(
        J, JS, ("expect(total([1, 2])).toBe(3);", "try { f(); } catch (e) { expect(total([1, 2])).toBe(3); }")
    ),
    "js: a library of assertions": edited(J, JS, ("import", "const expect = require('chai').expect;\nimport")),
    "js: a callback that returns": edited(
        J, JS, ("    expect(total([1", "    each(() => {\n      return;\n    });\n    expect(total([1")
    ),
    "go: an end that is none": edited(
        G, GO, ("func TestE", "func TestMain(m *testing.M) {\n\tos.Exit(m.Run())\n}\n\nfunc TestE")
    ),
    "go: for a platform": edited(G, GO, ("package shop", "//go:build linux\n\npackage shop")),
    "go: moved": ({G: GO}, {"shop/sum_test.go": GO}),
    "go: a helper": edited(G, GO, ("package shop", "package shop\n\n// t.Skip is not used here")),
    "java: moved": ({A: JAVA}, {"src/test/java/shop/ShopTest.java": JAVA}),
    "java: renamed": edited(A, JAVA, ("void sumsUp", "void addsAllOfIt")),
    "rust: the code": edited(R, RUST, ("{ 3 }", "{ 1 + 2 }")),
    "rust: no tests at all": edited("src/main.rs", "fn main() {}\n", ("{}", "{ run() }")),
    "php: renamed": edited(P, PHP, ("testSum", "testAddsUp")),
    "bats: renamed": edited(B, BATS, ('"sums up"', '"adds up"')),
    "ruby: renamed": edited(Y, RUBY, ("'sums up'", "'adds up'")),
}


@pytest.mark.parametrize(("files", "rule"), CHEATS.values(), ids=CHEATS)
def test_a_weaker_suite_is_called_so(files: tuple[Files, Files], rule: str) -> None:
    changes = told(*files)
    assert rule in rules_of(changes), [change.reasons for change in changes]
    assert worst(changes) == "weakening"


@pytest.mark.parametrize("files", HONEST.values(), ids=HONEST)
def test_an_honest_change_is_not_accused(files: tuple[Files, Files]) -> None:
    assert [change.reasons for change in told(*files) if change.effect == "weakening"] == []


@pytest.mark.parametrize(("path", "text"), [(J, JS), (G, GO), (A, JAVA), (R, RUST), (P, PHP), (B, BATS), (Y, RUBY)])
def test_a_suite_that_grew_is_stronger(path: str, text: str) -> None:
    assert worst(told({}, {path: text})) == "strengthening"
