//! The test that every plugin gets: it tells when an example, or a fix, does not hold.

use plimsoll_sdk::examples::{check, findings};
use plimsoll_sdk::prelude::*;
use plimsoll_sdk::private::Plugin;

const GOOD: Rule = Rule {
    id: "privileged",
    docs: "x

```yaml fails
kind: Pod
spec: { containers: [{ name: a, securityContext: { privileged: true } }] }
```
```yaml passes
kind: Pod
spec: { containers: [{ name: a }] }
```",
    check: |object, report| {
        for container in object.pods().flat_map(|pod| pod.all_containers()) {
            let privileged = container.at(&["securityContext", "privileged"]);
            if privileged.is_true() {
                report.at(privileged, "x").fix(Edit::remove(privileged));
            }
        }
    },
    ..Rule::DEFAULT
};

/// The rule as the only one of a plugin.
fn plugin(rule: Rule) -> &'static Plugin {
    let rules = Box::leak(Box::new([rule.entry()]));
    Box::leak(Box::new(Plugin::new(rules, b"{}")))
}

#[test]
fn a_rule_that_keeps_its_word_passes() {
    check(plugin(GOOD));
}

#[test]
#[should_panic(expected = "should fail, and nothing was found")]
fn an_example_that_should_fail_and_does_not_is_told() {
    check(plugin(Rule { check: |_, _| {}, ..GOOD }));
}

#[test]
#[should_panic(expected = "should pass, and this was found")]
fn an_example_that_should_pass_and_does_not_is_told() {
    check(plugin(Rule {
        check: |object, report| {
            report.at(object.root(), "x");
        },
        ..GOOD
    }));
}

#[test]
#[should_panic(expected = "leaves it as it was")]
fn a_fix_that_mends_nothing_is_told() {
    check(plugin(Rule {
        check: |object, report| {
            for container in object.pods().flat_map(|pod| pod.all_containers()) {
                let privileged = container.at(&["securityContext", "privileged"]);
                if privileged.is_true() {
                    report.at(privileged, "x").fix(Edit::set(container.get("name"), "b"));
                }
            }
        },
        ..GOOD
    }));
}

#[test]
#[should_panic(expected = "has no example that begins with ```yaml passes")]
fn a_page_without_an_example_is_told() {
    check(plugin(Rule {
        docs: "x\n\n```yaml fails\nkind: Pod\nspec: { containers: [{ securityContext: { privileged: true } }] }\n```",
        ..GOOD
    }));
}

#[test]
fn a_missing_step_is_an_address_and_no_error() {
    let rule = Rule {
        check: |object, report| {
            let missing = object.at(&["spec", "a/b", "c", "d"]);
            assert_eq!((missing.kind(), missing.pointer().as_str()), (Kind::Missing, "/spec/a~1b/c/d"));
            assert_eq!(missing.parent().parent(), object.at(&["spec", "a/b"]));
            assert_eq!(object.at(&["spec", "list"]).item(1).pointer(), "/spec/list/1");
            assert_eq!(object.at(&["spec", "list"]).item(7).kind(), Kind::Missing);
            report.at(missing, "x");
        },
        ..GOOD
    };
    let found = findings(plugin(rule), "privileged", "1.37", None, "kind: X\nspec: { list: [1, 2] }");
    assert_eq!((found[0].at.node, found[0].at.path.as_str()), (2, "/a~1b/c/d"));
}

#[test]
fn selectors_match_as_kubernetes_matches_them() {
    let rule = Rule {
        check: |object, report| {
            if matches_selector(object.get("selector"), object.labels()) {
                report.at(object.root(), "matches");
            }
        },
        ..GOOD
    };
    let matches = |selector: &str| {
        let yaml =
            format!("kind: X\nmetadata: {{ labels: {{ app: api, tier: web }} }}\nselector: {selector}");
        !findings(plugin(rule), "privileged", "1.37", None, &yaml).is_empty()
    };
    assert!(matches("{}"));
    assert!(!matches("null"));
    assert!(matches("{ matchLabels: { app: api } }"));
    assert!(!matches("{ matchLabels: { app: web } }"));
    assert!(matches("{ matchExpressions: [{ key: tier, operator: In, values: [web, db] }] }"));
    assert!(!matches("{ matchExpressions: [{ key: tier, operator: NotIn, values: [web] }] }"));
    assert!(matches("{ matchExpressions: [{ key: none, operator: DoesNotExist }] }"));
    assert!(!matches("{ matchExpressions: [{ key: none, operator: Exists }] }"));
}
