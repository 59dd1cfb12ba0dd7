//! Tokens become the tree of the first document of a chunk. What is expected next stands on a stack, so depth costs no recursion.

use std::collections::HashMap;

use super::node::{Characters, Fault, Kind, Tag, Tree};
use super::scan::{Handle, Scanner, Token, Word};

/// The first document of a chunk.
#[derive(Debug)]
pub(super) struct Parsed<'t> {
    /// Without a node if the chunk holds no document.
    pub(super) tree: Tree<'t>,
    /// What Kubernetes ignores behind the document.
    pub(super) ignored: Option<Fault>,
    /// How many bytes Kubernetes looks at, if that matters.
    pub(super) reach: usize,
}

/// Reads the first document. `watched` if it matters how far Kubernetes looks.
pub(super) fn document(text: &str, watched: bool) -> Result<Parsed<'_>, Fault> {
    let mut parser = Parser {
        scanner: Scanner::new(text, watched),
        tree: Tree::with_room(text),
        handles: Vec::new(),
        anchors: HashMap::new(),
        expected: Vec::with_capacity(32),
    };
    parser.begin()?;
    while let Some(expected) = parser.expected.pop() {
        parser.meet(expected)?;
    }
    parser.end()
}

/// What may come next.
#[derive(Clone, Copy, Debug)]
enum Expected {
    Node(Place),
    /// `-` of a block sequence.
    Item {
        sequence: u32,
    },
    /// `-` of a sequence that stands at the column of its key.
    ShallowItem {
        sequence: u32,
    },
    /// A key of a block mapping.
    Key {
        mapping: u32,
    },
    /// The value after a key of a block mapping.
    Value {
        mapping: u32,
    },
    /// An item of `[…]`.
    FlowItem {
        sequence: u32,
        first: bool,
    },
    /// The key of a pair in `[…]`; its value; its end.
    PairKey {
        pair: u32,
    },
    PairValue {
        pair: u32,
    },
    PairEnd {
        pair: u32,
    },
    /// A key of `{…}`; its value; no value.
    FlowKey {
        mapping: u32,
        first: bool,
    },
    FlowValue {
        mapping: u32,
    },
    FlowNoValue {
        mapping: u32,
    },
}

/// What a node may be where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// Anything, but a sequence must be deeper than its parent.
    Block,
    /// Anything.
    BlockOrShallow,
    /// Nothing that needs indentation.
    Flow,
}

#[derive(Debug)]
struct Parser<'t> {
    scanner: Scanner<'t>,
    tree: Tree<'t>,
    /// What the handles of tags stand for.
    handles: Vec<Handle>,
    anchors: HashMap<&'t str, u32>,
    expected: Vec<Expected>,
}

type Step = Result<(), Fault>;

impl<'t> Parser<'t> {
    fn begin(&mut self) -> Step {
        match self.scanner.peek()? {
            Word::End => return Ok(()),
            Word::Version | Word::Handle | Word::Start => {}
            _ => {
                self.expected.push(Expected::Node(Place::Block));
                return Ok(());
            }
        }
        self.directives()?;
        let token = self.scanner.peek_token()?;
        if token.word != Word::Start {
            let message = "a line that begins with `%` makes Kubernetes look for `---` in the same document, where it cannot be; remove the line";
            return Err(Fault::new(token.start(), token.end(), message));
        }
        self.scanner.take();
        match self.scanner.peek()? {
            Word::Version | Word::Handle | Word::Start | Word::Stop | Word::End => self.empty(token.end()),
            _ => self.expected.push(Expected::Node(Place::Block)),
        }
        Ok(())
    }

    fn end(mut self) -> Result<Parsed<'t>, Fault> {
        let token = self.scanner.peek_token()?;
        let (from, what) = match token.word {
            Word::Stop => (
                token.end(),
                "Kubernetes ignores everything after `...`; begin the next document with `---` instead",
            ),
            _ => (
                token.start(),
                "Kubernetes ignores everything from here on, because the document above is complete; begin a new one with `---`",
            ),
        };
        let ignored = if token.word == Word::End { None } else { ignored_line(self.scanner.text, from) };
        let ignored =
            ignored.filter(|_| !self.tree.nodes.is_empty()).map(|(start, end)| Fault::new(start, end, what));
        self.tree.cooked = self.scanner.cooked;
        Ok(Parsed { tree: self.tree, ignored, reach: self.scanner.reach })
    }

    fn directives(&mut self) -> Step {
        let mut versions = 0;
        loop {
            let token = self.scanner.peek_token()?;
            let position = token.characters.start as usize;
            match token.word {
                Word::Version => {
                    versions += 1;
                    let version = &self.scanner.handles[position];
                    if versions > 1 || (version.handle.as_slice(), version.rest.as_slice()) != (&[1], &[1]) {
                        return Err(Fault::new(
                            token.start(),
                            token.end(),
                            "Kubernetes reads YAML 1.1 only; remove the `%YAML` line",
                        ));
                    }
                }
                Word::Handle => {
                    let defined = std::mem::take(&mut self.scanner.handles[position]);
                    if self.handles.iter().any(|known| known.handle == defined.handle) {
                        return Err(Fault::new(
                            token.start(),
                            token.end(),
                            "this tag handle is defined twice; remove one of the `%TAG` lines",
                        ));
                    }
                    self.handles.push(defined);
                }
                _ => break,
            }
            self.scanner.take();
        }
        Ok(())
    }

    fn meet(&mut self, expected: Expected) -> Step {
        match expected {
            Expected::Node(place) => self.node(place),
            Expected::Item { sequence } => self.item(sequence),
            Expected::ShallowItem { sequence } => self.shallow_item(sequence),
            Expected::Key { mapping } => self.key(mapping),
            Expected::Value { mapping } => self.value(mapping),
            Expected::FlowItem { sequence, first } => self.flow_item(sequence, first),
            Expected::PairKey { pair } => {
                self.expected.push(Expected::PairValue { pair });
                let token = self.scanner.peek_token()?;
                if matches!(token.word, Word::Value | Word::Comma | Word::CloseSequence) {
                    self.empty(token.start());
                    // Kubernetes takes the token for the key that is missing.
                    self.scanner.take();
                } else {
                    self.expected.push(Expected::Node(Place::Flow));
                }
                Ok(())
            }
            Expected::PairValue { pair } => {
                self.expected.push(Expected::PairEnd { pair });
                self.flow_value(Word::CloseSequence)
            }
            Expected::PairEnd { pair } => {
                self.scanner.peek()?;
                self.close(pair);
                Ok(())
            }
            Expected::FlowKey { mapping, first } => self.flow_key(mapping, first),
            Expected::FlowValue { mapping } => {
                self.expected.push(Expected::FlowKey { mapping, first: false });
                self.flow_value(Word::CloseMapping)
            }
            Expected::FlowNoValue { mapping } => {
                self.expected.push(Expected::FlowKey { mapping, first: false });
                self.scanner.peek()?;
                self.empty_after_last();
                Ok(())
            }
        }
    }

    fn node(&mut self, place: Place) -> Step {
        let token = self.scanner.peek_token()?;
        self.node_at(token, place)
    }

    /// A node that begins with the token that was peeked.
    fn node_at(&mut self, mut token: Token, place: Place) -> Step {
        let (mut anchor, mut tag) = (None, Tag::None);
        let mut bare_tag = false;
        let start = token.start();
        let mut properties_end = None;
        for _ in 0..2 {
            match token.word {
                Word::Anchor if anchor.is_none() => anchor = Some(self.name(token)),
                Word::Tag if tag == Tag::None => (tag, bare_tag) = self.tag(token)?,
                _ => break,
            }
            properties_end = Some(token.end());
            self.scanner.take();
            token = self.scanner.peek_token()?;
        }
        let number = match token.word {
            Word::Alias if properties_end.is_none() => {
                self.scanner.take();
                return self.alias(token);
            }
            Word::Scalar { plain } => {
                self.scanner.take();
                let implicit = plain && tag == Tag::None || bare_tag;
                self.tree.leaf(Kind::Scalar { implicit, tag }, token.start(), token.end(), token.characters)
            }
            Word::OpenSequence => {
                self.scanner.take();
                self.open(Kind::Sequence, token.start(), |sequence| Expected::FlowItem {
                    sequence,
                    first: true,
                })
            }
            Word::OpenMapping => {
                self.scanner.take();
                self.open(Kind::Mapping, token.start(), |mapping| Expected::FlowKey { mapping, first: true })
            }
            Word::Item if place == Place::BlockOrShallow => {
                self.open(Kind::Sequence, token.start(), |sequence| Expected::ShallowItem { sequence })
            }
            Word::Sequence if place != Place::Flow => {
                self.scanner.take();
                self.open(Kind::Sequence, token.start(), |sequence| Expected::Item { sequence })
            }
            Word::Mapping if place != Place::Flow => {
                self.scanner.take();
                self.open(Kind::Mapping, token.start(), |mapping| Expected::Key { mapping })
            }
            _ => {
                let Some(end) = properties_end else { return Err(no_node(token, start)) };
                let implicit = tag == Tag::None;
                self.tree.leaf(Kind::Scalar { implicit, tag }, end, end, Characters::default())
            }
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, number);
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind, start: usize, expected: fn(u32) -> Expected) -> u32 {
        let number = self.tree.open(kind, start);
        self.expected.push(expected(number));
        number
    }

    fn alias(&mut self, token: Token) -> Step {
        let name = self.name(token);
        let Some(target) = self.anchors.get(name) else {
            let message = format!(
                "no anchor `&{name}` stands above this alias; define it first, or put the value in quotes"
            );
            return Err(Fault::new(token.start(), token.end(), message));
        };
        self.tree.has_aliases = true;
        self.tree.leaf(Kind::Alias(*target), token.start(), token.end(), Characters::default());
        Ok(())
    }

    fn name(&self, token: Token) -> &'t str {
        &self.tree.text[token.characters.start as usize..token.characters.end as usize]
    }

    /// What a tag means, and whether it is a lone `!`.
    fn tag(&self, token: Token) -> Result<(Tag, bool), Fault> {
        let written = &self.scanner.handles[token.characters.start as usize];
        let prefix = match self.handles.iter().find(|known| known.handle == written.handle) {
            Some(known) => known.rest.as_slice(),
            None if written.handle.is_empty() => b"",
            None if written.handle == b"!" => b"!",
            None if written.handle == b"!!" => b"tag:yaml.org,2002:",
            None => {
                return Err(Fault::new(
                    token.start(),
                    token.end(),
                    "the handle of this tag is not defined; remove the tag",
                ));
            }
        };
        let tag = [prefix, &written.rest].concat();
        let known = match tag.strip_prefix(b"tag:yaml.org,2002:").unwrap_or_default() {
            b"str" => Tag::Str,
            b"bool" => Tag::Bool,
            b"int" => Tag::Int,
            b"float" => Tag::Float,
            b"null" => Tag::Null,
            b"timestamp" => Tag::Timestamp,
            b"binary" => Tag::Binary,
            b"merge" => Tag::Merge,
            _ => Tag::Other,
        };
        Ok((known, tag == b"!"))
    }

    fn item(&mut self, sequence: u32) -> Step {
        let token = self.scanner.peek_token()?;
        match token.word {
            Word::Item => {
                self.scanner.take();
                self.expected.push(Expected::Item { sequence });
                self.node_unless(token.end(), &[Word::Item, Word::Dedent])
            }
            Word::Dedent => {
                self.scanner.take();
                self.close(sequence);
                Ok(())
            }
            _ => Err(Fault::new(
                token.start(),
                token.end(),
                "a list item must begin with `-` here; check the indentation of this line",
            )),
        }
    }

    fn shallow_item(&mut self, sequence: u32) -> Step {
        let token = self.scanner.peek_token()?;
        if token.word != Word::Item {
            self.close(sequence);
            return Ok(());
        }
        self.scanner.take();
        self.expected.push(Expected::ShallowItem { sequence });
        self.node_unless(token.end(), &[Word::Item, Word::Key, Word::Value, Word::Dedent])
    }

    /// An empty value right after `after` if one of these words follows, else a node.
    fn node_unless(&mut self, after: usize, words: &[Word]) -> Step {
        let token = self.scanner.peek_token()?;
        if words.contains(&token.word) {
            self.empty(after);
            return Ok(());
        }
        self.node_at(token, Place::Block)
    }

    fn key(&mut self, mapping: u32) -> Step {
        // Nearly every key is a plain one on a line.
        if let Some((token, after)) = self.scanner.take_simple_key()? {
            let implicit = token.word == Word::Scalar { plain: true };
            self.tree.leaf(
                Kind::Scalar { implicit, tag: Tag::None },
                token.start(),
                token.end(),
                token.characters,
            );
            self.expected.push(Expected::Key { mapping });
            return self.block_part(after);
        }
        let token = self.scanner.peek_token()?;
        match token.word {
            Word::Key => {
                self.scanner.take();
                self.expected.push(Expected::Value { mapping });
                self.block_part(token.end())
            }
            Word::Dedent => {
                self.scanner.take();
                self.close(mapping);
                Ok(())
            }
            Word::Item => Err(Fault::new(
                token.start(),
                token.end(),
                "a list item cannot stand among the keys of a mapping; check the indentation of this line",
            )),
            Word::Mapping | Word::Sequence => Err(Fault::new(
                token.start(),
                self.scanner.line_end(token.start()),
                "the indentation of this line fits none of the lines above it; align it with its neighbours",
            )),
            _ => Err(Fault::new(
                token.start(),
                token.end(),
                "a key is expected here; check the indentation of this line, or put the value above it in quotes",
            )),
        }
    }

    fn value(&mut self, mapping: u32) -> Step {
        let token = self.scanner.peek_token()?;
        self.expected.push(Expected::Key { mapping });
        if token.word == Word::Value {
            self.scanner.take();
            return self.block_part(token.end());
        }
        self.empty_after_last();
        Ok(())
    }

    /// A key or a value of a block mapping.
    fn block_part(&mut self, after: usize) -> Step {
        let token = self.scanner.peek_token()?;
        if matches!(token.word, Word::Key | Word::Value | Word::Dedent) {
            self.empty(after);
            return Ok(());
        }
        self.node_at(token, Place::BlockOrShallow)
    }

    fn flow_item(&mut self, sequence: u32, first: bool) -> Step {
        let token = self.after_comma(sequence, first, Word::CloseSequence)?;
        match token.word {
            Word::CloseSequence => {
                self.scanner.take();
                self.tree.close(sequence, token.end());
            }
            Word::Key => {
                self.scanner.take();
                self.expected.push(Expected::FlowItem { sequence, first: false });
                let pair = self.tree.open(Kind::Mapping, token.start());
                self.expected.push(Expected::PairKey { pair });
            }
            _ => {
                self.expected.push(Expected::FlowItem { sequence, first: false });
                self.expected.push(Expected::Node(Place::Flow));
            }
        }
        Ok(())
    }

    fn flow_key(&mut self, mapping: u32, first: bool) -> Step {
        let token = self.after_comma(mapping, first, Word::CloseMapping)?;
        match token.word {
            Word::CloseMapping => {
                self.scanner.take();
                self.tree.close(mapping, token.end());
            }
            Word::Key => {
                self.scanner.take();
                self.expected.push(Expected::FlowValue { mapping });
                let next = self.scanner.peek_token()?;
                if matches!(next.word, Word::Value | Word::Comma | Word::CloseMapping) {
                    self.empty(next.start());
                } else {
                    self.expected.push(Expected::Node(Place::Flow));
                }
            }
            _ => {
                self.expected.push(Expected::FlowNoValue { mapping });
                self.expected.push(Expected::Node(Place::Flow));
            }
        }
        Ok(())
    }

    /// The token with which an entry or the end of a collection in brackets begins.
    fn after_comma(&mut self, collection: u32, first: bool, close: Word) -> Result<Token, Fault> {
        let token = self.scanner.peek_token()?;
        if first || token.word == close {
            return Ok(token);
        }
        if token.word != Word::Comma {
            let opened = self.tree.node(collection).start as usize;
            let bracket = if close == Word::CloseMapping { '}' } else { ']' };
            if token.word == Word::End {
                let message = format!("this bracket is never closed; add the `{bracket}`");
                return Err(Fault::new(opened, opened + 1, message));
            }
            return Err(Fault::new(
                token.start(),
                token.end(),
                format!("`,` or `{bracket}` is expected here"),
            ));
        }
        self.scanner.take();
        self.scanner.peek_token()
    }

    /// The value of a pair in brackets, if there is one.
    fn flow_value(&mut self, close: Word) -> Step {
        let token = self.scanner.peek_token()?;
        if token.word != Word::Value {
            self.empty_after_last();
            return Ok(());
        }
        self.scanner.take();
        let next = self.scanner.peek()?;
        if next == Word::Comma || next == close {
            self.empty(token.end());
        } else {
            self.expected.push(Expected::Node(Place::Flow));
        }
        Ok(())
    }

    /// An empty value.
    fn empty(&mut self, at: usize) {
        self.tree.leaf(Kind::Scalar { implicit: true, tag: Tag::None }, at, at, Characters::default());
    }

    /// An empty value after the key that was written last.
    fn empty_after_last(&mut self) {
        self.empty(self.tree.last_end);
    }

    /// Ends a collection where what stands last in it ends.
    fn close(&mut self, collection: u32) {
        self.tree.close(collection, self.tree.last_end);
    }
}

fn no_node(token: Token, start: usize) -> Fault {
    let message = match token.word {
        Word::End => "a value is missing here",
        Word::Item => "a list item is not allowed here; check the indentation of this line",
        Word::Comma => "a value is missing before this `,`",
        Word::CloseSequence | Word::CloseMapping => {
            "this bracket closes nothing; remove it, or put the value in quotes"
        }
        Word::Alias => "an alias can have neither anchor nor tag; remove them",
        Word::Sequence | Word::Mapping => "an indented collection cannot stand inside brackets",
        _ => "a value is expected here",
    };
    Fault::new(start.max(token.start()), token.end(), message)
}

/// The first line from `from` on that says something.
fn ignored_line(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    for line in text[from..].split_inclusive(['\n', '\r']) {
        let content = line.trim();
        if !content.is_empty() && !content.starts_with('#') && content != "..." && content != "---" {
            let start = at + line.len() - line.trim_start().len();
            return Some((start, start + content.len()));
        }
        at += line.len();
    }
    None
}
