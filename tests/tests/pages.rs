//! The examples on the pages of rules: `plimsoll plugin test` looks at each in the sandbox.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use plimsoll_tests::{Guest, Ran, Scan};
use serde_json::json;

/// `plimsoll plugin test` of a plugin whose rule looks at Pods and has this page.
fn tested(guest: Guest, page: &str) -> Scan {
    let rule = json!({ "id": "there", "summary": "There is an object", "kinds": ["Pod"], "docs": page });
    let bytes = guest.describing("rules", json!([rule])).bytes();
    Scan::new().verb("plugin").args(["test", "good.wasm"]).file("good.wasm", bytes)
}

fn told(ran: &Ran, code: i32, told: &str) {
    assert_eq!((ran.stdout.as_str(), ran.code, ran.stderr.as_str()), (told, code, ""));
}

/// Nobody needs to write down what the rule does not look at.
const RIGHT: &str = "It is there.

```yaml fails
kind: Pod
metadata: { name: a }
```
```yaml passes kubernetes=1.24
kind: Service
---
kind: ConfigMap
metadata: { name: a }
```";

#[test]
fn a_plugin_with_examples_needs_no_cases() {
    let scan = tested(Guest::good(), RIGHT);
    told(&scan.run(), 0, "ok      good/there: 2 examples\n\ngood 1.0.0: 2 examples, and all as expected\n");
    let case = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n";
    let scan = scan.file("tests/a.yaml", case);
    let both = "ok      good/there: 2 examples
failed  tests/a.yaml
  4 |   name: a
      + good/there /metadata/name 4:3-4:10: it is there

good 1.0.0: 2 examples, 1 case with 1 finding, and 1 not as expected
";
    told(&scan.run(), 1, both);
}

#[test]
fn without_examples_and_cases_there_is_nothing_to_test() {
    let why = "there are no cases in tests; write a manifest there, with `# expect: good/there` on the line that it is about, or an \
               example on the page of a rule";
    tested(Guest::good(), "```yaml\nkind: Pod\n```").run().is_refused(why);
    tested(Guest::good(), "").file("tests/a.txt", "").run().is_refused(why);
    // Who names a folder of cases wants them.
    let ran = tested(Guest::good(), RIGHT).args(["--cases", "deploy"]).run();
    ran.is_refused(&why.replace("in tests", "in deploy"));
}

#[test]
fn an_example_that_is_wrong_is_told_with_what_was_found_and_where_on_the_page() {
    let page = "```yaml fails\nkind: Service\nmetadata: { name: \u{202e}a }\n```\n\n```yaml passes\nkind: Pod\nmetadata:\n  name: a\n---\nkind: Pod\n```";
    let expected = "failed  good/there: 2 examples
  example 1, on line 1 of its page, should fail, and nothing was found in it:
    2 | kind: Service
    3 | metadata: { name: ?a }
  example 2, on line 6 of its page, should pass, and this was found:
     9 |   name: a
         + /metadata/name: it is there
    11 | kind: Pod
         + /metadata/name: it is there

good 1.0.0: 2 examples, and 1 not as expected
";
    told(&tested(Guest::good(), page).run(), 1, expected);
}

#[test]
fn an_example_that_cannot_be_looked_at_is_wrong_whatever_it_says() {
    let page = "```yaml fails\nkind: [\n```\n```yaml passes\nkind: Pod\n```";
    let expected = "failed  hostile/there: 2 examples
  example 1, on line 1 of its page, could not be looked at:
    fault[syntax] on line 3: a value is missing here
  example 2, on line 4 of its page, could not be looked at:
    fault[plugin-trap] on line 5: it gave up: no table\\u{1b}[2J for it

hostile 1.0.0: 2 examples, and 1 not as expected
";
    told(&tested(Guest::fixture("gives-up"), page).run(), 1, expected);
}

#[test]
fn parameters_that_are_refused_and_words_that_mean_nothing_are_told() {
    let page = "```yaml passes parameters={\"max\":3}\nkind: Pod\n```";
    let expected = "failed  hostile/there: 1 example
  example 1, on line 1 of its page, cannot be looked at: the parameters of hostile/ are wrong: it rains\\u{1b}[2J too much

no case and no example expects hostile/there
hostile 1.0.0: 1 example, and 1 not as expected
";
    told(&tested(Guest::fixture("refuses-its-configuration"), page).run(), 1, expected);
    let page = "Text.\n\n```yaml fail\nkind: Pod\n```";
    let expected = "failed  good/there
  line 3 of its page: `fail` is not a word that an example may begin with; use fails, passes, kubernetes=1.NN and parameters={…}

no case and no example expects good/there
good 1.0.0: 0 examples, and 1 not as expected
";
    told(&tested(Guest::good(), page).run(), 1, expected);
}

#[test]
fn where_a_fix_is_made_the_finding_must_be_gone() {
    let page = "```yaml fails\nkind: Pod\nspec: {}\n```";
    let ran = tested(Guest::fixture("mends"), page).run();
    let why = "  example 1, on line 1 of its page, has a fix that leaves what was found as it was:\n    3 | spec: {}\n";
    assert!(ran.code == 1 && ran.stdout.contains(why), "{}", ran.stdout);
}

#[test]
fn a_page_is_read_to_its_end_where_reports_show_a_part_of_it() {
    // Reports keep 64 KiB of a page.
    let page = format!("{}\n\n```yaml passes\nkind: Pod\n```", "Text. ".repeat(20_000));
    let ran = tested(Guest::good(), &page).run();
    assert!(ran.code == 1 && ran.stdout.contains("on line 3 of its page, should pass"), "{}", ran.stdout);
}

#[test]
fn the_page_of_a_rule_is_where_the_hint_leads() {
    let scan =
        Scan::new().file("my rules.wasm", Guest::good().bytes()).file("a.yaml", plimsoll_tests::pod("a"));
    let hint = |ran: &Ran, begins: &str| {
        let line = ran.stdout.lines().find(|line| line.starts_with(begins)).unwrap_or_default();
        line.split('`').nth(1).unwrap_or_default().to_owned()
    };
    // Who names a plugin on the command line names it there again.
    let found = scan.run_with(["a.yaml", "--no-embedded", "--plugin", "my rules.wasm"]);
    assert_eq!(hint(&found, "`plimsoll rules "), "plimsoll rules good/there --plugin 'my rules.wasm'");
    let scan = scan.verb("rules");
    let page = scan.run_with(["good/there", "--plugin", "my rules.wasm"]);
    assert!(page.code == 0 && page.stdout.starts_with("good/there: There is an object\n"), "{}", page.stdout);
    let list = scan.run_with(["good", "--plugin", "my rules.wasm"]).stdout;
    let expected =
        "\n1 rule in 1 plugin; `plimsoll rules ID --plugin 'my rules.wasm'` shows the page of one\n";
    assert!(list.ends_with(expected), "{list}");
    // What the configuration names is known.
    let scan = scan.verb("scan").file("plimsoll.yaml", "plugins: [my rules.wasm]\n");
    let found = scan.run_with(["a.yaml", "--no-embedded"]);
    assert_eq!(hint(&found, "`plimsoll rules "), "plimsoll rules good/there");
}

#[cfg(unix)]
#[test]
fn a_case_that_is_no_file_is_told_and_a_link_to_a_folder_is_not_followed() {
    let scan = tested(Guest::good(), RIGHT).file("tests/a.yaml", "");
    let tests = scan.tree().join("tests");
    std::os::unix::fs::symlink(".", tests.join("loop")).unwrap();
    std::os::unix::fs::symlink(".", tests.join("b.yaml")).unwrap();
    scan.run().is_refused("tests/b.yaml cannot be read: it is no file");
}
