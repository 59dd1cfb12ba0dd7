//! Manifests that nobody wrote: objects in the ways in which YAML can be laid out, put together by chance. Bytes that are changed by chance seldom
//! become several of those ways at once; these nearly always parse.

use crate::Dice;

const KEYS: &[&str] = &[
    "a", "b", "name", "x-y", "on", "a.b/c", "'q'", "\"dq\"", "\"a: b\"", "7", "'it''s'", "a b", "é", "~k",
    "image",
];

const SCALARS: &[&str] = &[
    "1",
    "0x1f",
    "-1.5",
    "true",
    "null",
    "~",
    "some text",
    "a:b",
    "a#b",
    "'single'",
    "'it''s'",
    "\"double\"",
    "\"\\n\\u0041\"",
    "\"\"",
    "''",
    "012",
    "yes",
    "2001-01-01",
    "1e3",
    "\"a # b\"",
    "'a: b'",
    "nginx:latest",
    "q*",
    "x:",
];

const TAGS: &[&str] = &["!t ", "!!str ", "!!map ", "! ", "!<x> ", "!t, ", "!t\n    "];

/// What a merge key may bring along, each with the line break behind it.
const MERGED: &[&str] = &[
    "<<: {m: 1, n: [2]}\n",
    "<<: [{m: 1}, {n: {o: }, p: q}]\n",
    "<<: {\n m: 1,\n  n: o\n }\n",
    "<<:\n  m: n\n  o: |\n    p\n",
    "<<:\n- m: n\n- {o: p}\n",
];

const COMMENTS: &[&str] = &[" # why", "  # a: b", " #", " # a & b", " # c -"];

/// Lines of a block scalar.
const LINES: &[&str] = &["line", "- a", "a: b", "# no comment", "  deeper", "\\n", "t", "w  "];

/// A manifest of one to three documents.
pub fn manifest(dice: &mut Dice) -> Vec<u8> {
    let exotic = dice.below(3) == 0;
    let mut writer = Writer { dice, text: String::new(), anchors: 0, exotic };
    if writer.one_in(16) {
        writer.text.push_str("{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"x\": ");
        writer.brackets(3, 0);
        writer.text.push_str("}\n");
    } else {
        for number in 0..1 + writer.dice.below(5) / 2 {
            if number > 0 || writer.one_in(7) {
                writer.choice(&["---\n", "---\n", "--- # c\n", "...\n---\n"]);
            }
            writer.document();
        }
    }
    let mut text = writer.text;
    match dice.below(20) {
        0 | 1 => text.truncate(text.trim_end_matches('\n').len()),
        2 => {
            let end: &&str = dice.one_of(&["\n", "\n\n", "  ", "# end", "   \n"]);
            text.push_str(end);
        }
        3 | 4 => text = text.replace('\n', "\r\n"),
        5 => text = text.replace('\n', "\r"),
        6 => text.insert(0, '\u{FEFF}'),
        _ => {}
    }
    text.into_bytes()
}

struct Writer<'a> {
    dice: &'a mut Dice,
    text: String,
    /// How many anchors the document has.
    anchors: usize,
    /// Whether there are anchors, tags, aliases, merge keys and keys behind `?`.
    exotic: bool,
}

impl Writer<'_> {
    fn one_in(&mut self, number: usize) -> bool {
        self.dice.below(number) == 0
    }

    fn choice(&mut self, things: &[&str]) {
        let chosen: &&str = self.dice.one_of(things);
        self.text.push_str(chosen);
    }

    fn blanks(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }

    /// A few keys, none of them twice.
    fn keys(&mut self, count: usize) -> impl Iterator<Item = &'static str> + use<> {
        let first = self.dice.below(KEYS.len());
        KEYS.iter().copied().cycle().skip(first).take(count)
    }

    fn document(&mut self) {
        self.anchors = 0;
        self.text.push_str("apiVersion: v1\nkind: ConfigMap\n");
        let count = 1 + self.dice.below(3);
        for key in self.keys(count) {
            self.between(0);
            self.text.push_str(key);
            self.text.push(':');
            self.value(3, 0, false);
        }
        self.choice(&["", "metadata: {a: b}\n", "metadata:\n  a: b\n"]);
    }

    /// What may stand between lines.
    fn between(&mut self, column: usize) {
        if self.one_in(12) {
            self.text.push('\n');
        }
        if self.one_in(12) {
            let deeper = *self.dice.one_of(&[0, column, column + 2]);
            self.blanks(deeper);
            self.text.push_str("# comment\n");
        }
        if self.one_in(30) {
            let count = self.dice.below(8);
            self.blanks(count);
            self.text.push('\n');
        }
    }

    fn comment(&mut self) {
        if self.one_in(7) {
            self.choice(COMMENTS);
        }
        if self.one_in(14) {
            self.text.push_str("  ");
        }
    }

    /// The end of a line.
    fn end(&mut self) {
        self.comment();
        self.text.push('\n');
    }

    fn properties(&mut self) {
        if self.exotic && self.one_in(20) {
            self.text.push_str(&format!("&n{} ", self.anchors));
            self.anchors += 1;
        }
        if self.exotic && self.one_in(25) {
            self.choice(TAGS);
        }
    }

    /// The name of an anchor, at times, if there is one.
    fn alias(&mut self, number: usize) -> Option<String> {
        (self.exotic && self.anchors > 0 && self.one_in(number))
            .then(|| format!("*n{}", self.dice.below(self.anchors)))
    }

    fn mapping(&mut self, depth: usize, column: usize, mut behind: bool) {
        let count = 1 + self.dice.below(3);
        for key in self.keys(count) {
            if !std::mem::take(&mut behind) {
                self.between(column);
                self.blanks(column);
                if let Some(alias) = self.alias(25) {
                    self.text.push_str(&format!("<<: {alias}\n"));
                    self.blanks(column);
                } else if self.exotic && self.one_in(40) {
                    let lines = *self.dice.one_of(MERGED);
                    self.text.push_str(&lines.replace('\n', &format!("\n{:column$}", "")));
                }
            }
            if self.exotic && self.one_in(40) {
                self.text.push('?');
                if self.one_in(3) {
                    self.text.push('\n');
                    self.blanks(column + 2);
                }
                self.text.push_str(&format!(" {key}\n"));
                self.blanks(column);
                self.text.push(':');
                self.value(0, column, false);
            } else {
                self.properties();
                self.text.push_str(key);
                self.choice(&[":", ":", ":", ":", " :"]);
                self.value(depth, column, false);
            }
        }
    }

    fn sequence(&mut self, depth: usize, column: usize, mut behind: bool) {
        for _ in 0..1 + self.dice.below(3) {
            if !std::mem::take(&mut behind) {
                self.between(column);
                self.blanks(column);
            }
            self.text.push('-');
            self.value(depth, column, true);
        }
    }

    /// What stands behind the colon of a key or behind a dash, with the end of its line. `column` is that of the key or the dash.
    fn value(&mut self, depth: usize, column: usize, is_item: bool) {
        match self.dice.below(20) {
            0 => self.end(),
            drawn if depth == 0 || drawn < 8 => self.scalar(column),
            8..11 => {
                self.text.push(' ');
                self.properties();
                self.brackets(depth.min(2), column + 2);
                self.end();
            }
            drawn if is_item && drawn < 16 => {
                let gap = *self.dice.one_of(&[1, 1, 3]);
                self.blanks(gap);
                match self.dice.below(2) {
                    0 => self.mapping(depth - 1, column + 1 + gap, true),
                    _ => self.sequence(depth - 1, column + 1 + gap, true),
                }
            }
            drawn => {
                self.text.push(' ');
                self.properties();
                self.end();
                if drawn % 2 == 0 {
                    let deeper = *self.dice.one_of(&[1, 2, 2, 4]);
                    self.mapping(depth - 1, column + deeper, false);
                } else {
                    let deeper = *self.dice.one_of(if is_item { &[2, 3, 3] } else { &[0, 2, 3] });
                    self.sequence(depth - 1, column + deeper, false);
                }
            }
        }
    }

    fn scalar(&mut self, column: usize) {
        if let Some(alias) = self.alias(20) {
            self.text.push_str(&format!(" {alias}"));
            return self.end();
        }
        self.text.push(' ');
        self.properties();
        let inner = column + 2;
        match self.dice.below(24) {
            0..3 => return self.text(column),
            3 => self.text.push_str(&format!("'several\n{:inner$}lines'", "")),
            4 => self.text.push_str(&format!("several\n{:inner$}lines", "")),
            5 => {
                self.end();
                self.blanks(inner);
                self.choice(SCALARS);
            }
            _ => self.choice(SCALARS),
        }
        self.end();
    }

    /// A block scalar.
    fn text(&mut self, column: usize) {
        self.choice(&["|", ">"]);
        let deeper = *self.dice.one_of(&[1, 2, 2, 4]);
        if self.one_in(10) {
            self.text.push_str(&deeper.to_string());
        }
        self.choice(&["", "-", "+", "+"]);
        self.end();
        for _ in 0..self.dice.below(4) {
            self.blanks(column + deeper);
            self.choice(LINES);
            self.text.push('\n');
            self.blank_line(5, column + deeper);
        }
        self.blank_line(3, column + deeper);
    }

    fn blank_line(&mut self, seldom: usize, inner: usize) {
        if self.one_in(seldom) {
            let count = *self.dice.one_of(&[0, 0, 1, inner - 1, inner]);
            self.blanks(count);
            self.text.push('\n');
        }
    }

    /// A value in brackets, or a scalar.
    fn brackets(&mut self, depth: usize, column: usize) {
        if depth == 0 || self.one_in(3) {
            return match self.alias(12) {
                Some(alias) => self.text.push_str(&format!("{alias} ")),
                None => self.choice(SCALARS),
            };
        }
        let in_lines = self.one_in(3);
        let is_sequence = self.one_in(2);
        self.text.push(if is_sequence { '[' } else { '{' });
        let count = self.dice.below(4);
        for (number, key) in self.keys(count).enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            self.gap(in_lines, column);
            if !is_sequence {
                self.text.push_str(key);
                self.choice(&[": ", ": ", ": ", " : "]);
            } else if self.one_in(20) {
                self.choice(&[
                    "k: v",
                    "k: ",
                    "'k': v",
                    "k: {a: b}",
                    "k: [1]",
                    "k: !t",
                    "'k':v",
                    "k: 'v\n    w'",
                ]);
                continue;
            } else if self.exotic && self.one_in(12) {
                self.choice(&[
                    "? k",
                    "? k : v",
                    "? 'k' : ",
                    "? !t",
                    "? !t ",
                    "? !t : v",
                    "? k :",
                    "? k\n      : v",
                ]);
                continue;
            }
            self.properties();
            if is_sequence || !self.one_in(20) {
                self.brackets(depth - 1, column + 2);
            }
        }
        if count > 0 && self.one_in(10) {
            self.text.push(',');
        }
        self.gap(in_lines, column);
        self.text.push(if is_sequence { ']' } else { '}' });
    }

    /// What stands before a value in brackets, and before their end.
    fn gap(&mut self, in_lines: bool, column: usize) {
        if !in_lines {
            return self.choice(&["", " ", " "]);
        }
        self.comment();
        self.text.push('\n');
        let deeper = *self.dice.one_of(&[0, 2, 2, 4]);
        self.blanks(column + deeper);
    }
}
