//! `plimsoll plugin`: what authors of rules do.

mod bench;
mod build;
mod case;
mod create;
mod example;
mod inspect;
mod name;
mod pages;
mod signed;
mod template;
mod test;
mod vendor;

pub use bench::bench;
pub use build::{build, is_source};
pub use create::create;
pub use inspect::inspect;
pub use test::test;
