//! Texts before and after an edit, as a table. Every result is read again: it must be the old object with exactly the edit made.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use serde_json::Value;

use plimsoll::edit::{Editor, Reader, changed, replaced};
use plimsoll::finding::{Action, Edit, Fix, Place};
use plimsoll::object::{Object, to_json};
use plimsoll::read::{Read, again, one};
use plimsoll::source::Span;

/// An edit as it is written in these tests: `set /spec/replicas 3`, `remove /spec/replicas`, `rename /spec/a b`.
fn edit(objects: &[Object], text: &str) -> Edit {
    let mut words = text.splitn(3, ' ');
    let [action, pointer, value] = [(); 3].map(|()| words.next().unwrap_or_default());
    let (node, missing) = objects[0].descend(0, pointer);
    let action = match action {
        "set" => Action::Set(value.into()),
        "remove" => Action::Remove,
        _ => Action::Rename(value.into()),
    };
    Edit {
        place: Place { source: 0, span: Span::default(), object: 0, node, missing: missing.into() },
        action,
    }
}

/// What edits, one a line, make of a manifest; what follows `refused: ` if they cannot be made.
fn mended(before: &str, edits: &str) -> String {
    let read = one("a.yaml", before.as_bytes().to_vec());
    assert!(read.faults.is_empty() && !read.objects.is_empty(), "{before}: {:?}", read.faults);
    let edits = edits.split("; ").map(|text| edit(&read.objects, text)).collect();
    let fix = Fix { description: "".into(), edits };
    let replacements = match Editor::new(&read.sources, &read.objects).replacements(&fix) {
        Ok(replacements) => replacements,
        Err(why) => return format!("refused: {why}"),
    };
    let after = replaced(&read.sources[0].bytes, &replacements);
    let after = String::from_utf8(after).unwrap();
    let again = one("a.yaml", after.as_bytes().to_vec());
    assert!(again.faults.is_empty(), "{after}: {:?}", again.faults);
    assert_eq!(again.objects.len(), read.objects.len(), "{after}");
    for (number, (old, new)) in (0..).zip(read.objects.iter().zip(&again.objects)) {
        let meant = changed(number, old, &fix.edits).unwrap();
        let new: Value = serde_json::from_str(&to_json(&new.read(), 0)).unwrap();
        assert_eq!(meant, new, "{after}");
    }
    after
}

const HEAD: &str = "apiVersion: v1\nkind: Pod\n";

#[track_caller]
fn check(before: &str, edits: &str, after: &str) {
    assert_eq!(mended(&format!("{HEAD}{before}"), edits), format!("{HEAD}{after}"));
}

#[track_caller]
fn refuses(before: &str, edits: &str, why: &str) {
    assert_eq!(mended(&format!("{HEAD}{before}"), edits), format!("refused: {why}"));
}

#[test]
fn scalars_keep_their_quotes() {
    check("a: old # why\n", "set /a \"new\"", "a: new # why\n");
    check("a: 'old'\n", "set /a \"it's\"", "a: 'it''s'\n");
    check("a: \"old\"\n", "set /a \"new\"", "a: \"new\"\n");
    check("a: \"old\"\n", "set /a true", "a: true\n");
    check("a: old\n", "set /a \"yes\"", "a: \"yes\"\n");
    for text in
        ["0777", "1.5", "null", "2001-12-14", "a: b", "#", "", " a", "*a", "a #b", "~", "- a", "1:30", "1e3"]
    {
        check("a: old\n", &format!("set /a \"{text}\""), &format!("a: \"{text}\"\n"));
    }
    for text in ["acme/main:1.2", "64Mi", "/var/run", "a b", "http://a/b"] {
        check("a: old\n", &format!("set /a \"{text}\""), &format!("a: {text}\n"));
    }
    check("a: { b: c }\n", "set /a/b \"x:1\"", "a: { b: \"x:1\" }\n");
    check("a: { b: 'c' }\n", "set /a/b \"d\"", "a: { b: 'd' }\n");
    check("a: { \"b\": 'c' }\n", "set /a/b \"d\"", "a: { \"b\": 'd' }\n");
    check("a: { \"b\": 'c' }\n", "set /a/b \"\\u0085\"", "a: { \"b\": \"\\u0085\" }\n");
    check("a: { \"b\": c, \"d\": 1 }\n", "set /a/b \"d\"; set /a/d \"e\"", "a: { \"b\": d, \"d\": \"e\" }\n");
    check("a: [ 'c', \"d\" ]\n", "set /a/0 \"e\"; set /a/1 \"f\"", "a: [ 'e', \"f\" ]\n");
    check("a: 'old'\n", "set /a \"two\\nlines\\u0085\"", "a: \"two\\nlines\\u0085\"\n");
}

#[test]
fn what_is_empty_gets_its_value_on_the_line() {
    check("a:\nb: 1\n", "set /a 1", "a: 1\nb: 1\n");
    check("a: # why\nb: 1\n", "set /a 1", "a: 1 # why\nb: 1\n");
    check("a:\nb: 1\n", "set /a/c/d 1", "a:\n  c:\n    d: 1\nb: 1\n");
    check("a:\n-\n- b\n", "set /a/0 {\"c\":1,\"d\":2}", "a:\n- c: 1\n  d: 2\n- b\n");
    check("a: null\n", "set /a/b/- 1", "a:\n  b:\n    - 1\n");
    check("a: {} # why\n", "set /a/b 1; set /a/c 2", "a: # why\n  b: 1\n  c: 2\n");
    check("a: []\n", "set /a/- \"b\"", "a:\n  - b\n");
    check("a: {b: {}}\n", "set /a/b/c 1", "a: {b: {c: 1}}\n");
}

#[test]
fn what_is_missing_comes_behind_its_siblings() {
    check(
        "spec:\n  containers:\n  - name: a\n    image: b # pinned\n\n  # the sidecar\n  - name: c\n",
        "set /spec/containers/0/securityContext/capabilities/drop [\"ALL\"]",
        "spec:\n  containers:\n  - name: a\n    image: b # pinned\n    securityContext:\n      capabilities:\n        drop:\n        - \
         ALL\n\n  # the sidecar\n  - name: c\n",
    );
    check("a:\n    b: 1", "set /a/c/d 1", "a:\n    b: 1\n    c:\n        d: 1");
    check("a:\n  b: |\n    text\n\n# end\n", "set /a/c 1", "a:\n  b: |\n    text\n  c: 1\n\n# end\n");
    check("a:\n  b: |+\n    text\n\n", "set /a/c 1", "a:\n  b: |+\n    text\n\n  c: 1\n");
    check(
        "a:\n  b: >-\n    text\n    more\nc: 1\n",
        "set /a/d 1",
        "a:\n  b: >-\n    text\n    more\n  d: 1\nc: 1\n",
    );
    check("a:\n  b:\nc: 1\n", "set /a/d 1", "a:\n  b:\n  d: 1\nc: 1\n");
    check("a:\n  b: 1\n", "set /a/on 1; set /a/x~1y 2", "a:\n  b: 1\n  \"on\": 1\n  x/y: 2\n");
    check("a: { b: 1 } # why\n", "set /a/c/d [1]", "a: { b: 1, c: {d: [1]} } # why\n");
    check("a: [1, 2]\n", "set /a/2 3; set /a/- 4", "a: [1, 2, 3, 4]\n");
    check("a: [1, b: ]\n", "set /a/- 4", "a: [1, b: , 4 ]\n");
    check("a: [1, ?b:]\n", "set /a/- 4", "a: [1, ?b:, 4]\n");
    check("a: [1, ? !t ]\n", "set /a/- 4", "a: [1, ? !t , 4 ]\n");
    let needs_comma = "a text that ends with a colon, or that is a dash, stands before it; quote it";
    refuses("a: [?b:, 1]\n", "remove /a/1", needs_comma);
    refuses("a: {b: -, c: 1}\n", "remove /a/c", needs_comma);
    check("a: [b:\n ,c, ]\n", "remove /a/1", "a: [b: , ]\n");
    check("a: [1, b:]\n", "set /a/- 4", "a: [1, b:, 4]\n");
    check("a:\n  - \"b\"\n", "set /a/- \"c\"", "a:\n  - \"b\"\n  - \"c\"\n");
    check(
        "a:\n  b: 1\n  c:\n    d: 1\n",
        "set /a/e 1; set /a/c/f 1",
        "a:\n  b: 1\n  c:\n    d: 1\n    f: 1\n  e: 1\n",
    );
    check(
        "a:\n  b: 1\n",
        "set /a/c/d 1; set /a/c/e/f 2; set /a/c/e/g 3",
        "a:\n  b: 1\n  c:\n    d: 1\n    e:\n      f: 2\n      g: 3\n",
    );
}

#[test]
fn collections_are_replaced_where_they_stand() {
    check("a:\n  b: 1\n", "set /a 2", "a: 2\n");
    check("a: # why\n  b: 1\nc: 1\n", "set /a 2", "a: 2 # why\nc: 1\n");
    check("a: 1 # why\nc: 1\n", "set /a {\"b\":1}", "a: # why\n  b: 1\nc: 1\n");
    check("a: |\n  text\nc: 1\n", "set /a \"x\"", "a: x\nc: 1\n");
    check("a:\n|\n  text\nc: 1\n", "set /a \"x\"", "a: x\nc: 1\n");
    check("a: |\n  text\nc: 1\n", "set /a {\"b\":[]}", "a:\n  b: []\nc: 1\n");
    check("a:\n- b\n- c\nd: 1\n", "set /a {\"b\":1}", "a:\n  b: 1\nd: 1\n");
    check("a: [b, c]\n", "set /a [\"d\"]", "a: [d]\n");
    check("a:\n- b # why\n- c\n", "set /a [\"b\",\"d\",\"e\"]", "a:\n- b # why\n- d\n- e\n");
    check("a:\n- b # why\n- c\n", "set /a [\"b\",\"c\",\"e\"]", "a:\n- b # why\n- c\n- e\n");
    check("a:\n- b\n- c # why\n", "set /a [\"b\"]", "a:\n- b\n");
    check("a:\n- b: 1\n  c: 2\n- d\n", "set /a/0 3", "a:\n- 3\n- d\n");
    check("a:\n- 3 # why\n- d\n", "set /a/0 {\"b\":1}", "a:\n- b: 1 # why\n- d\n");
    check("a:\n  b: 1 # why\n  c: 2\n", "set /a {\"b\":1,\"d\":3}", "a:\n  b: 1 # why\n  d: 3\n");
}

#[test]
fn what_goes_takes_its_lines_along() {
    check("a: 1\nb: 2 # why\nc: 3\n", "remove /b", "a: 1\nc: 3\n");
    check("a: 1\n# why\nb: 2\nc: 3\n", "remove /b", "a: 1\n# why\nc: 3\n");
    check("a: 1\nb: 2", "remove /b", "a: 1");
    check("a: 1\r\nb: 2", "remove /b", "a: 1");
    check("a: 1\nb:\n- c: 1\n  d: 2\ne: 1\n", "remove /b", "a: 1\ne: 1\n");
    check("a:\n- name: x\n  image: y\n", "remove /a/0/name", "a:\n- image: y\n");
    check(
        "a:\n- name: x\n  # why\n  image: y\n  b: 1\n",
        "remove /a/0/name; remove /a/0/image",
        "a:\n- b: 1\n",
    );
    check("a:\n  b: 1\nc: 1\n", "remove /a/b", "a: {}\nc: 1\n");
    check("a:\n- b\n- c\n", "remove /a/0; remove /a/1", "a: []\n");
    check("a:\n- b\n- c # why\n- d\n", "remove /a/1", "a:\n- b\n- d\n");
    check("a:\n- - b\n  - c\n", "remove /a/0/0", "a:\n- - c\n");
    check("a:\n- b: 1\n", "remove /a/0/b", "a:\n- {}\n");
    check("a: {b: 1, c: 2, d: 3}\n", "remove /a/b", "a: {c: 2, d: 3}\n");
    check("a: {b: 1, c: 2, d: 3,}\n", "remove /a/c; remove /a/d", "a: {b: 1,}\n");
    check("a: [1]\n", "remove /a/0", "a: []\n");
    check("a: [1, 2]\n", "remove /a/1; set /a/- 3", "a: [1, 3]\n");
    check("a:\n- 1\n- 2", "remove /a/1; set /a/- 3", "a:\n- 1\n- 3");
    check("a: |\n  text\n\nb: 1\n", "remove /a", "\nb: 1\n");
}

#[test]
fn keys_are_renamed_in_their_quotes() {
    check("a: 1\n", "rename /a b", "b: 1\n");
    check("\"a\": 1\n", "rename /a b", "\"b\": 1\n");
    check("a: 1\n", "rename /a on", "\"on\": 1\n");
    check("a: {b: 1}\n", "rename /a/b c; set /a/b 2", "a: {c: 2}\n");
}

#[test]
fn json_stays_json() {
    let before = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"a\": [\n      \"b\"\n    ],\n    \"c\": {}\n  }\n}\n";
    assert_eq!(
        mended(before, "set /spec/d/e [true,null]; set /spec/a/- \"on\"; set /spec/c/f \"x\""),
        "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"a\": [\n      \"b\",\n      \"on\"\n    ],\n    \"c\": {\n      \
         \"f\": \"x\"\n    },\n    \"d\": {\n      \"e\": [\n        true,\n        null\n      ]\n    }\n  }\n}\n"
    );
    assert_eq!(
        mended(before, "remove /spec/c"),
        "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"spec\": {\n    \"a\": [\n      \"b\"\n    ]\n  }\n}\n"
    );
    assert_eq!(
        mended("{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", "set /spec/a [\"b\"]"),
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\", \"spec\": {\"a\": [\"b\"]}}"
    );
}

#[test]
fn lines_end_as_they_did() {
    check("a:\r\n  b: 1\r\n", "set /a/c/d 1", "a:\r\n  b: 1\r\n  c:\r\n    d: 1\r\n");
    let lone = |text: &str| text.replace('\n', "\r");
    let [before, after] =
        ["a:\n  b: 1\n  t: |\n    x\nz: 1\n", "a:\n  b: 1\n  t: yy\n  c:\n    d: 1\n"].map(lone);
    let [before, after] = [before, after].map(|text| lone(HEAD) + &text);
    assert_eq!(mended(&before, "set /a/c/d 1; set /a/t \"yy\"; remove /z"), after);
    let [before, after] = [&before, &after].map(|text| text.trim_end_matches('\r').to_owned());
    assert_eq!(mended(&before, "set /a/c/d 1; set /a/t \"yy\"; remove /z"), after);
    assert_eq!(
        mended("\u{FEFF}b: 1\napiVersion: v1\nkind: Pod\n", "remove /b; set /a 1"),
        "\u{FEFF}apiVersion: v1\nkind: Pod\na: 1\n"
    );
    assert_eq!(
        mended("apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Pod\n", "set /a 1"),
        "apiVersion: v1\nkind: Pod\na: 1\n---\napiVersion: v1\nkind: Pod\n"
    );
}

#[test]
fn a_text_keeps_its_last_line_break() {
    check("t: |\n  a\nz: 1", "remove /z", "t: |\n  a\n");
    check("t: |+\n  a\n\nz: 1", "remove /z", "t: |+\n  a\n\n");
    check("a:\n  t: |\n    a\n  p: 1\nz: 1", "remove /a/p; remove /z", "a:\n  t: |\n    a\n");
    check("t:\n  a: |+\n    b\n  z: 1", "remove /t/z; set /x 2", "t:\n  a: |+\n    b\nx: 2");
    check("t:\n  a: 1\n  z: 1", "remove /t/z; set /x 2", "t:\n  a: 1\nx: 2");
    // It is no such text any more.
    check("a:\n  t: |\n    a\nz: 1", "remove /z; set /a \"b\"", "a: b");
    check("t: |\n  a\nz: 1", "remove /z; set /t \"b\"", "t: b");
}

#[test]
fn a_comment_that_touches_a_quote_stays_one() {
    let refused = "a comment stands right behind the value; put a blank before it";
    refuses("a: {b: \"\"#c\n  , d: 1}\n", "set /a/b 0", refused);
}

#[test]
fn what_tabs_indent_is_left() {
    let refused = "a tab indents line 5 of the file; use spaces";
    refuses("a:\n- b\n \t\n- c\n", "remove /a/0", refused);
    refuses("a: [1,\n 2,\n\t3\n ]\nb: 1\n", "set /b 2", refused);
    let cr = |text: &str| format!("{HEAD}{text}").replace('\n', "\r");
    assert_eq!(mended(&cr("a:\n- b\n \t\n- c\n"), "remove /a/0"), format!("refused: {refused}"));
    // In a text they are its own, and in JSON they are nothing.
    check("a: |\n b\n\n \tc\nd: 1\n", "set /d 2", "a: |\n b\n\n \tc\nd: 2\n");
    check("a: '\n\tb'\nd: 1\n", "set /d 2", "a: '\n\tb'\nd: 2\n");
    refuses("a:\n  'b': {\n\tc: 1}\n", "set /a/b/c []", refused);
    check("d: 1\n---\nb: [\n\t1]\n", "set /d 2", "d: 2\n---\nb: [\n\t1]\n");
    let pod = "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Pod\",\n\t\"a\": 1\n}\n";
    assert_eq!(mended(pod, "set /a 2"), pod.replace(": 1", ": 2"));
}

#[test]
fn a_text_takes_no_comment_that_stood_apart() {
    let refused = "what stands below it would become a part of the text above it";
    for key in ["&k key:", "!!str key:", "?\n    key\n  :"] {
        refuses(&format!("m:\n  z: 1\n  {key} |\n   x\nb: 1\n    # c\nc: 1\n"), "remove /b", refused);
    }
}

#[test]
fn only_anchors_are_taken_for_anchors() {
    let cron =
        |image: &str| format!("s: \"*/5 *\"\nb:\n  # pull & push\n  - c: {image}\n    # & so on\n    d: 1\n");
    check(&cron("1"), "set /b/0/c 2", &cron("2"));
    let alias = |last: &str| format!("a: &x {{b: 1}}\nc:\n- d: *x\n- e: f && g\n  h: *x\n- i: {last}\n");
    check(&alias("1"), "set /c/2/i 2", &alias("2"));
    let shared =
        "refused: what it changes is shared through an anchor; an edit would change every place that uses it";
    let item = "apiVersion: v1\n  kind: Pod\n";
    let list =
        format!("apiVersion: v1\nkind: List\nitems:\n- &a\n  # why\n  {item}- <<: *a\n  {item}  b: 1\n");
    assert_eq!(mended(&list, "set /new 1"), shared);
    let line = |value: u32| {
        let object = format!("{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"a\":{value},\"b\":\"*/5\"}}");
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{{\"x\":\"R&D\"}},\"items\":[{object}]}}"
        )
    };
    assert_eq!(mended(&line(1), "set /a 2"), line(2));
    let second = "a:\n- &y x\n- &x {b: p && q}\n- *x\n- i: 1\n";
    check(second, "set /a/3/i 2", &second.replace("i: 1", "i: 2"));
    let refused = "an anchor, a tag or a comment stands between a dash and its item";
    refuses("a:\n- # foo -\n  b: 1\n- c: 1\n", "remove /a/0/b", refused);
}

/// Where a reader is at hand, what it reads decides, document by document. Long documents are not read again.
#[test]
fn fixes_are_proven_by_reading() {
    let proven = |text: String, reader: Reader| {
        let Read { sources, objects, .. } = one("a.yaml", text.into_bytes());
        let fix = Fix { description: "".into(), edits: [edit(&objects, "set /a 2")].into() };
        Editor::new(&sources, &objects).proving(reader).replacements(&fix).map(|_| ()).map_err(|why| why.0)
    };
    let two = || format!("{HEAD}a: 1\n---\n{HEAD}b: 1\n---\nnonsense\n");
    assert_eq!(proven(two(), again), Ok(()));
    // Whoever reads the same every time sees no change.
    let blind: Reader = |path, _| again(path, format!("{HEAD}a: 1\n").into_bytes());
    let refused = "the changed text would say something else than is meant";
    assert_eq!(proven(two(), blind), Err(refused.to_owned()));
    let appalled: Reader = |path, bytes| {
        assert!(bytes.len() < 100, "only the document that changes is read");
        again(path, bytes)
    };
    let filler = |count: usize| format!("{HEAD}c: {}\n", "c".repeat(count));
    assert_eq!(proven(format!("{}---\n{}", two(), filler(200)), appalled), Ok(()));
    assert_eq!(proven(format!("{}a: 1\n", filler(1 << 14)), appalled), Ok(()));
}

#[test]
fn what_a_merge_key_brings_along_in_brackets_stays() {
    let brackets = "what it changes stands in brackets behind a merge key";
    refuses("a:\n  <<: {b: 1, d: {e: 2}}\n  c: 2\n", "set /a/b 3", brackets);
    refuses("a:\n  <<: {b: 1, d: {e: 2}}\n  c: 2\n", "set /a/d/e 3", brackets);
    refuses("a:\n  <<: [{\n  b: 1},\n  {d: 2}]\n  c: 2\n", "set /a/d 3", brackets);
    check("a:\n  <<: {b: {}, d: 1}\n  c: 2\n", "set /a/c 3", "a:\n  <<: {b: {}, d: 1}\n  c: 3\n");
    check(
        "x: &x {b: 1}\na:\n  <<: [*x, {d: 1}]\n  c: 2\n",
        "set /a/c 3",
        "x: &x {b: 1}\na:\n  <<: [*x, {d: 1}]\n  c: 3\n",
    );
    check("a:\n  <<:\n    b: 1\n  c: 2\n", "set /a/b 3", "a:\n  <<:\n    b: 3\n  c: 2\n");
}

/// What a configuration says is judged as an object of its own, the last, whose file may come first.
#[test]
fn objects_need_not_stand_in_the_order_of_their_files() {
    let [mut own, mut pod] = ["plimsoll.yaml", "web.yaml"]
        .map(|path| one(path, format!("{HEAD}a: |\n b\n\n \tc\nd: 1\n").into_bytes()));
    pod.objects[0].source = 1;
    let objects = [pod.objects.remove(0), own.objects.remove(0)];
    let sources = [own.sources.remove(0), pod.sources.remove(0)];
    let fix = Fix { description: "".into(), edits: [edit(&objects, "set /d 2")].into() };
    let replacements = Editor::new(&sources, &objects).replacements(&fix).unwrap();
    assert_eq!(
        replacements.iter().map(|part| (part.source, part.text.as_str())).collect::<Vec<_>>(),
        [(1, "2")]
    );
}

#[test]
fn what_is_shared_or_unclear_is_left() {
    refuses("a: &x:1\n", "set /a \"b\"", "an anchor or a tag stands before the value");
    refuses(
        "a: 1\n\u{FEFF}b: 1\n",
        "remove /a",
        "the file has a byte order mark, U+FEFF, that does not stand first; remove it",
    );
    let shared = "what it changes is shared through an anchor; an edit would change every place that uses it";
    refuses("a: &x {b: 1}\nc: *x\n", "set /c/b 2", shared);
    refuses("a: &x {b: 1}\nc: *x\n", "set /a/b 2", shared);
    refuses("a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n", "set /c/b 2", shared);
    refuses("a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n", "set /a/e 2", shared);
    check(
        "a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n",
        "set /c/e 2",
        "a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n  e: 2\n",
    );
    check("a: &x 1\n", "set /a 2", "a: &x 2\n");
    refuses("a: !!str 1\n", "set /a 2", "an anchor or a tag stands before the value");
    refuses(
        "a: [b: 1]\n",
        "set /a/0/c 2",
        "a comment, an anchor, a tag or an alias stands in the brackets that it changes",
    );
    let asked = "a key is written behind `?` there, and what is written so is left as it is";
    refuses("? a\n: 1\nb: 1\n", "remove /a", asked);
    refuses("a:\n  ? b\n  : 1\n  c: 1\n", "remove /a/c", asked);
    refuses("a:\n- ? b\n  : 1\n  c: 1\n", "remove /a/0/b", asked);
    let beside = "a merge key, an anchor or a key that is there twice stands beside what it changes";
    refuses("why?: 1\nwhy?: 1\nb: 1\n", "remove /b", beside);
    refuses("a: 1\nb: 1\na: 2\n", "remove /a", beside);
    refuses("a: 1\n", "rename /a kind", "there is a `kind` beside it already");
    refuses("a: 1\n", "remove /b", "it changes a field that is not there");
    refuses("a: 1\n", "set /a 2; set /a 3", "its edits change the same place in two ways");
    refuses("a: {b: 1}\n", "remove /a; set /a/b 2", "its edits change the same place in two ways");
}
