//! How much of everything a plugin gets, and how that is told.

/// How much a plugin gets. Work is counted in fuel, about one an instruction, so that it ends at the same point on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fuel for a call, whatever it is given.
    pub fuel: u64,
    /// Further fuel for every byte of objects that a call is given.
    pub fuel_per_byte: u64,
    /// Seconds on the wall clock after which a call is so late that no other follows in its shift. The only limit that machines may
    /// differ in: the net for a slow one.
    pub time: u64,
    /// Bytes of linear memory, all memories of a plugin together.
    pub memory: usize,
    /// Entries of tables, all tables of a plugin together.
    pub table_entries: usize,
    /// Bytes of stack.
    pub stack: usize,
    /// Findings that one call may return.
    pub findings: usize,
    /// Bytes that one call may return.
    pub output: usize,
    /// Bytes that the findings of a plugin take in a whole scan.
    pub kept: usize,
    /// Bytes of a component.
    pub component: usize,
    /// Work of compiling a component, in bytes of plain code.
    pub compile: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 200_000_000,
            fuel_per_byte: 5_000,
            time: 60,
            memory: 256 << 20,
            table_entries: 100_000,
            stack: 1 << 20,
            findings: 50_000,
            output: 64 << 20,
            kept: 512 << 20,
            component: 64 << 20,
            compile: 32 << 20,
        }
    }
}

/// What no plugin gets more of, so that no key raises it: a compiler for plugins makes a handful, the one for Python some forty.
pub(super) const INSTANCES: usize = 64;
/// As [`INSTANCES`].
pub(super) const MEMORIES: usize = 8;
/// As [`INSTANCES`].
pub(super) const TABLES: usize = 8;

/// Instances of all kinds that a component may make, told before it is compiled.
pub(super) const ALL_INSTANCES: u64 = 1_000;

/// Bytes of stack that the host's own code gets on a thread that calls plugins.
const HOST_STACK: usize = 6 << 20;

impl Limits {
    /// Bytes of stack that a thread needs which calls plugins: theirs is carved out of it.
    pub fn thread_stack(&self) -> usize {
        self.stack.saturating_add(HOST_STACK)
    }
}

/// A number of bytes for people: in the largest unit that leaves nothing over.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0 => "0 bytes".to_owned(),
        bytes if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        bytes if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}
