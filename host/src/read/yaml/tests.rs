//! Where things stand, and what a person is told when they do not.

use plimsoll_tape::{Chunk, Value};

use super::{Draft, Problem, bytes_in_full, documents, documents_in_full, each_document};
use crate::source::Span;

/// Every node as `pointer key -> value`, with the text on which each stands; then every problem.
fn places(source: &str) -> String {
    let text = |span: Span| format!("{:?}", &source[span.start as usize..span.end as usize]);
    let mut lines = Vec::new();
    for document in documents(source.as_bytes()) {
        match document {
            Ok(draft) => {
                let chunk = draft.builder.view();
                assert_eq!(draft.spans.len(), chunk.len() as usize);
                let mut stack = vec![(0, String::new())];
                while let Some((node, pointer)) = stack.pop() {
                    let span = draft.spans[node as usize];
                    lines.push(format!("{pointer} {} -> {}", text(span.key), text(span.value)));
                    let children: Vec<u32> = chunk.children(node).collect();
                    for (position, child) in children.into_iter().enumerate().rev() {
                        stack.push((child, format!("{pointer}/{}", name(&chunk, child, position))));
                    }
                }
            }
            Err(problem) => lines.push(format!("! {} {}", text(problem.span), problem.message)),
        }
    }
    lines.join("\n")
}

fn name(chunk: &Chunk<'_>, node: u32, position: usize) -> String {
    chunk.key(node).map_or(position.to_string(), str::to_owned)
}

/// The value of `a` in the only document.
fn with_a(source: &str, check: impl Fn(Value<'_>)) {
    let drafts = documents(source.as_bytes());
    let [Ok(draft)] = drafts.as_slice() else { panic!("{source:?} is not one document: {drafts:?}") };
    let chunk = draft.builder.view();
    check(chunk.value(chunk.get(0, "a").expect("the key is there")));
}

fn check(source: &str, expected: &str) {
    assert_eq!(places(source), expected, "{source}");
}

#[test]
fn a_collection_reaches_from_its_first_entry_to_the_end_of_its_last() {
    check(
        "a:\n  b: 1  # c\n  d:\n  - x\n  - y z\n\ne: f\n",
        concat!(
            " \"\" -> \"a:\\n  b: 1  # c\\n  d:\\n  - x\\n  - y z\\n\\ne: f\"\n",
            "/a \"a\" -> \"b: 1  # c\\n  d:\\n  - x\\n  - y z\"\n",
            "/a/b \"b\" -> \"1\"\n",
            "/a/d \"d\" -> \"- x\\n  - y z\"\n",
            "/a/d/0 \"\" -> \"x\"\n",
            "/a/d/1 \"\" -> \"y z\"\n",
            "/e \"e\" -> \"f\"",
        ),
    );
}

#[test]
fn quotes_and_brackets_belong_to_the_value() {
    check(
        "\"a\": 'it''s'\nb: [1, {c: \"d\"}, e: f]\n",
        concat!(
            " \"\" -> \"\\\"a\\\": 'it''s'\\nb: [1, {c: \\\"d\\\"}, e: f]\"\n",
            "/a \"\\\"a\\\"\" -> \"'it''s'\"\n",
            "/b \"b\" -> \"[1, {c: \\\"d\\\"}, e: f]\"\n",
            "/b/0 \"\" -> \"1\"\n",
            "/b/1 \"\" -> \"{c: \\\"d\\\"}\"\n",
            "/b/1/c \"c\" -> \"\\\"d\\\"\"\n",
            "/b/2 \"\" -> \"e: f\"\n",
            "/b/2/e \"e\" -> \"f\"",
        ),
    );
}

#[test]
fn an_empty_value_stands_right_after_its_indicator() {
    let draft = documents(b"a:   # c\nb:\n-   \n- x\nc: {d: , e}\n").remove(0).expect("it is readable");
    let empty: Vec<u32> =
        draft.spans.iter().filter(|span| span.value.is_empty()).map(|span| span.value.start).collect();
    // Behind `a:`, the first `-`, `d:` and `e`.
    assert_eq!(empty, [2, 13, 27, 31]);
}

#[test]
fn a_block_scalar_ends_with_its_last_line() {
    check(
        "a: |-\n  b\n  c\n\n\nd: e\n",
        " \"\" -> \"a: |-\\n  b\\n  c\\n\\n\\nd: e\"\n/a \"a\" -> \"|-\\n  b\\n  c\"\n/d \"d\" -> \"e\"",
    );
    check("a: >+\n\n\n", " \"\" -> \"a: >+\"\n/a \"a\" -> \">+\"");
}

#[test]
fn a_value_of_several_lines_is_one_place() {
    check("a: b\n  c\n\n  d # e\n", " \"\" -> \"a: b\\n  c\\n\\n  d\"\n/a \"a\" -> \"b\\n  c\\n\\n  d\"");
}

#[test]
fn an_alias_leads_to_where_the_value_was_written() {
    check(
        "a: &x {k: 1}\nb: *x\n",
        " \"\" -> \"a: &x {k: 1}\\nb: *x\"\n/a \"a\" -> \"{k: 1}\"\n/a/k \"k\" -> \"1\"\n/b \"b\" -> \"{k: 1}\"\n/b/k \"k\" -> \"1\"",
    );
}

#[test]
fn merged_entries_stand_where_the_merge_key_is_and_keep_their_places() {
    check(
        "a: &x {k: 1, l: 2}\nb:\n  m: 3\n  <<: *x\n  k: 4\n",
        concat!(
            " \"\" -> \"a: &x {k: 1, l: 2}\\nb:\\n  m: 3\\n  <<: *x\\n  k: 4\"\n",
            "/a \"a\" -> \"{k: 1, l: 2}\"\n/a/k \"k\" -> \"1\"\n/a/l \"l\" -> \"2\"\n",
            "/b \"b\" -> \"m: 3\\n  <<: *x\\n  k: 4\"\n",
            "/b/m \"m\" -> \"3\"\n/b/l \"l\" -> \"2\"\n/b/k \"k\" -> \"4\"",
        ),
    );
}

#[test]
fn the_last_of_equal_keys_stays() {
    check("a: 1\nb: 2\na: 3\n", " \"\" -> \"a: 1\\nb: 2\\na: 3\"\n/b \"b\" -> \"2\"\n/a \"a\" -> \"3\"");
}

#[test]
fn places_survive_crlf_wide_characters_and_a_byte_order_mark() {
    check(
        "\u{FEFF}é: \"ü\"\r\nb: |\r\n  c\r\n",
        " \"\" -> \"é: \\\"ü\\\"\\r\\nb: |\\r\\n  c\"\n/é \"é\" -> \"\\\"ü\\\"\"\n/b \"b\" -> \"|\\r\\n  c\"",
    );
}

#[test]
fn places_in_later_documents_count_from_the_start_of_the_source() {
    check(
        "---\na: 1\n---\n# c\nb: 2",
        " \"\" -> \"a: 1\"\n/a \"a\" -> \"1\"\n \"\" -> \"b: 2\"\n/b \"b\" -> \"2\"",
    );
}

#[test]
fn json_has_places_too() {
    check(
        "{\"a\": [1, \"\\u0062\"]}\n{\"c\": null}",
        " \"\" -> \"{\\\"a\\\": [1, \\\"\\\\u0062\\\"]}\"\n/a \"\\\"a\\\"\" -> \"[1, \\\"\\\\u0062\\\"]\"\n/a/0 \"\" -> \"1\"\n/a/1 \"\" -> \"\\\"\\\\u0062\\\"\"\n \"\" -> \"{\\\"c\\\": null}\"\n/c \"\\\"c\\\"\" -> \"null\"",
    );
}

#[test]
fn utf16_is_read_where_kubernetes_reads_it_and_keeps_its_places() {
    let source: Vec<u8> =
        [0xFE, 0xFF].into_iter().chain("a: é\n".encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let draft = documents(&source).remove(0).expect("it is readable");
    assert_eq!(draft.spans[1].value, Span::new(8, 10));
}

#[test]
fn a_broken_document_does_not_hide_its_neighbours() {
    check(
        "a: 1\n---\nb: c: d\n---\ne: 2\n",
        " \"\" -> \"a: 1\"\n/a \"a\" -> \"1\"\n! \":\" mapping values are not allowed here: put the value in quotes or on its own line\n \"\" -> \"e: 2\"\n/e \"e\" -> \"2\"",
    );
}

#[test]
fn what_kubernetes_ignores_is_a_problem() {
    check(
        "a: 1\n...\n# c\nb: 2\n",
        " \"\" -> \"a: 1\"\n/a \"a\" -> \"1\"\n! \"b: 2\" Kubernetes ignores everything after `...`; begin the next document with `---` instead",
    );
    check(
        "--- \n{a: 1}\nb: 2\n",
        " \"\" -> \"{a: 1}\"\n/a \"a\" -> \"1\"\n! \"b: 2\" Kubernetes ignores everything from here on, because the document above is complete; begin a new one with `---`",
    );
}

#[test]
fn a_separator_with_text_loses_the_document_above() {
    check(
        "a: 1\n--- b\nc: 2\n",
        "! \"--- b\" nothing but a comment may follow `---` on its line, and for it Kubernetes drops the document above; put it on the next line\n \"\" -> \"c: 2\"\n/c \"c\" -> \"2\"",
    );
}

#[test]
fn problems_stand_on_the_place_that_is_wrong() {
    check("a:\n\tb: c\n", "! \"\\t\" a tab cannot indent YAML; use spaces");
    check(
        "a: b\n  c: d\n",
        "! \":\" a key is not allowed here, where the value above goes on: check the indentation of this line",
    );
    check(
        "a:\n    b: c\n  d: e\n",
        "! \"d: e\" the indentation of this line fits none of the lines above it; align it with its neighbours",
    );
    check("a: [1, 2\nb: c\n", "! \":\" `,` or `]` is expected here");
    check("a: [1, 2\n", "! \"[\" this bracket is never closed; add the `]`");
    check("a: 'b\n", "! \"'\" this quote is never closed; close it");
    check(
        "a: *b\n",
        "! \"*b\" no anchor `&b` stands above this alias; define it first, or put the value in quotes",
    );
    check(
        "a: 1\nb\nc: 2\n",
        "! \"b\" this line is no `key: value`; add the `:`, or indent it if it continues the value above",
    );
    check(
        "a: \"\\d\"\n",
        "! \"\\\\d\" an unknown escape in double quotes; write `\\\\` for a backslash, or use single quotes",
    );
    check("a: .nan\n", "! \".nan\" JSON has no such number; put it in quotes if it is text");
    check("a:\n  ~: 1\n", "! \"~\" null cannot be a key; put it in quotes");
    check("a: {<<: 1}\n", "! \"1\" `<<` merges a mapping, or a list of mappings, and this is none");
    check("a: \u{1}\n", "! \"\\u{1}\" the control character U+0001 is not allowed; remove it");
}

#[test]
fn numbers_are_what_kubernetes_makes_of_them() {
    let texts = [
        "1.0",
        "1e3",
        "0o17",
        "017",
        "08",
        "1_0",
        "0b+1",
        "18446744073709551615",
        "1e400",
        "2001-01-01",
        "1:30",
        "-0.0",
    ];
    let read = texts.map(|text| {
        let cell = std::cell::RefCell::new(String::new());
        with_a(&format!("a: {text}\n"), |value| *cell.borrow_mut() = format!("{value:?}"));
        cell.into_inner()
    });
    let expected = [
        "Int(1)",
        "Int(1000)",
        "Int(15)",
        "Int(15)",
        "Int(8)",
        "Int(10)",
        "Int(1)",
        "UInt(18446744073709551615)",
    ];
    assert_eq!(read[..8], expected);
    assert_eq!(read[8..], ["String(\"1e400\")", "String(\"2001-01-01\")", "String(\"1:30\")", "Int(0)"]);
}

#[test]
fn depth_and_length_cost_neither_stack_nor_quadratic_time() {
    let deep = format!("a: {}\n", "[".repeat(1_000_000));
    assert!(documents(deep.as_bytes()).pop().is_some_and(|document| document.is_err()));
    let nested = format!("a: {}{}\n", "[".repeat(9_999), "]".repeat(9_999));
    assert!(documents(nested.as_bytes()).pop().is_some_and(|document| document.is_ok()));
    let items = format!("a: [{}]\n", "\"é\", ".repeat(300_000));
    assert!(documents(items.as_bytes()).pop().is_some_and(|document| document.is_ok()));
    let separators = "---\n".repeat(300_000);
    assert_eq!(documents(separators.as_bytes()).len(), 0);
    let stream = "{\"a\": 1}\n".repeat(100_000);
    assert_eq!(documents(stream.as_bytes()).len(), 100_000);
}

#[test]
fn an_alias_bomb_is_a_problem() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (last, next) in ('a'..'i').zip('b'..='i') {
        bomb += &format!("{next}: &{next} [{}]\n", vec![format!("*{last}"); 10].join(", "));
    }
    let problem = documents(bomb.as_bytes()).remove(0).expect_err("it is too large");
    assert!(problem.message.starts_with("aliases make this document many times longer"), "{problem:?}");
}

#[test]
fn documents_leave_nothing_to_those_behind_them() {
    // More keys than are told apart one by one, short and long, and different ones in each document.
    let document = |seed: usize| {
        let key = |n: usize| format!("{}{}: {n}\n", "k".repeat(1 + n % 30), seed + n);
        (0..150).map(key).collect::<String>() + "list: [{a: 1}, b]\ntext: |\n  x\n"
    };
    let source: Vec<String> = [0, 7, 500, 3].into_iter().map(document).collect();
    // One is given up on the way, one is empty.
    let source = [&source[0], &source[1], "", "a: &x 1\n", &source[2], &source[3]].join("---\n");
    let mut shown = Vec::new();
    each_document(source.as_bytes(), |document| {
        let draft = document.expect("it is readable");
        shown.push((draft.builder.chunk("a.yaml", &[]).expect("it is small"), draft.spans.clone()));
    });
    let alone = documents_in_full(source.as_bytes()).into_iter().map(|document| {
        let draft = document.expect("it is readable");
        (draft.builder.finish("a.yaml", &[]).expect("it is small"), draft.spans)
    });
    assert_eq!(shown, alone.collect::<Vec<_>>());
    assert_eq!(shown.len(), 5);
}

/// What is written as people write never needs the full parser, and both read the same.
#[test]
fn the_fast_path_reads_what_people_write_as_the_full_parser_does() {
    let source = r#"# a comment
---
apiVersion: v1 # of the core
kind: ConfigMap
metadata:
  name: "a"
  labels: {app: web, "tier": 'b'}
  empty:
data:
  text: |-
    one
      two

    three
  folded: >
    a
    b
  several: words that go
    on here
  quoted: "a \u00e9
    b"
  list:
  - 1
  - - x
    - [a, {b: 1.5}]
  -
    k: v
  - true
"#;
    let read = |documents: Vec<Result<Draft, Problem>>| {
        let parts = documents.into_iter().map(|document| {
            document
                .map(|draft| (draft.span, draft.builder.finish("", &[]).expect("it is small"), draft.spans))
        });
        parts.collect::<Vec<_>>()
    };
    assert_eq!(bytes_in_full(source.as_bytes()), 0);
    assert_eq!(read(documents(source.as_bytes())), read(documents_in_full(source.as_bytes())));
    // What it gives up is read all the same.
    for odd in [
        "a: &x 1\nb: *x\n",
        "a: 1\na: 2\n",
        "a: b: c\n",
        "a:\t1\n",
        "...  a: b\n",
        "{a: [1,\n2]}\n",
        "? a\n: b\n",
    ] {
        assert_eq!(bytes_in_full(odd.as_bytes()), odd.len(), "{odd:?}");
        assert_eq!(read(documents(odd.as_bytes())), read(documents_in_full(odd.as_bytes())), "{odd:?}");
    }
}
