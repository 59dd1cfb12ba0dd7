//! Whether aliases stay within what Kubernetes allows: none contains itself, and they make up no more than a share of the document.

use std::collections::HashSet;

use super::node::{Fault, Kind, Tree};

/// Walks the document in the order in which Kubernetes decodes it, and counts as it does.
pub(super) fn check(tree: &Tree<'_>) -> Result<(), Fault> {
    if !tree.has_aliases {
        return Ok(());
    }
    // The document itself counts as well.
    Walk { tree, seen: 1, aliased: 0, open: HashSet::new() }.run()
}

enum Step {
    Visit(u32),
    Merge(u32),
    /// Keys and values in turn, up to the second node.
    Entries(u32, u32),
    Items(u32, u32),
    Leave(u32),
}

struct Walk<'a> {
    tree: &'a Tree<'a>,
    seen: u64,
    aliased: u64,
    open: HashSet<u32>,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        let mut steps = vec![Step::Visit(0)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Visit(node) => self.visit(node, &mut steps)?,
                Step::Leave(alias) => {
                    self.open.remove(&alias);
                }
                Step::Items(at, end) if at < end => {
                    steps.push(Step::Items(self.tree.node(at).next, end));
                    steps.push(Step::Visit(at));
                }
                Step::Entries(key, end) if key < end => {
                    let value = self.tree.node(key).next;
                    steps.push(Step::Entries(self.tree.node(value).next, end));
                    if self.tree.is_merge(key) {
                        steps.push(Step::Merge(value));
                    } else {
                        steps.push(Step::Visit(value));
                        steps.push(Step::Visit(key));
                    }
                }
                Step::Items(..) | Step::Entries(..) => {}
                Step::Merge(value) => match self.tree.node(value).kind {
                    Kind::Sequence => {
                        let mut item = value + 1;
                        while item < self.tree.node(value).next {
                            steps.push(Step::Visit(item));
                            item = self.tree.node(item).next;
                        }
                    }
                    _ => steps.push(Step::Visit(value)),
                },
            }
        }
        Ok(())
    }

    fn visit(&mut self, number: u32, steps: &mut Vec<Step>) -> Result<(), Fault> {
        self.seen += 1;
        self.aliased += u64::from(!self.open.is_empty());
        if self.aliased > 100
            && self.seen > 1000
            && self.aliased as f64 / self.seen as f64 > allowed_share(self.seen)
        {
            return Err(self.tree.fault(
                number,
                "aliases make this document many times longer than it is written; write the values out",
            ));
        }
        let node = self.tree.node(number);
        match node.kind {
            Kind::Alias(target) => {
                if !self.open.insert(number) {
                    return Err(self.tree.fault(
                        number,
                        "this alias stands inside the value of its own anchor; write the value out",
                    ));
                }
                steps.push(Step::Leave(number));
                steps.push(Step::Visit(target));
            }
            Kind::Mapping => steps.push(Step::Entries(number + 1, node.next)),
            Kind::Sequence => steps.push(Step::Items(number + 1, node.next)),
            _ => {}
        }
        Ok(())
    }
}

/// The share of the nodes that may come from aliases: nearly all of a small document, a tenth of a large one.
fn allowed_share(seen: u64) -> f64 {
    const SMALL: u64 = 400_000;
    const LARGE: u64 = 4_000_000;
    match seen {
        ..=SMALL => 0.99,
        LARGE.. => 0.10,
        _ => 0.99 - 0.89 * ((seen - SMALL) as f64 / (LARGE - SMALL) as f64),
    }
}
