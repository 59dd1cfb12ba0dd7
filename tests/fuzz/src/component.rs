//! Any bytes as a plugin.

use std::sync::LazyLock;

use plimsoll::check::{Engine, Limits, Plugin, Request, Wanted, Wrong, check};
use plimsoll::read::one;

/// So little that no plugin takes long, and so much that an honest one gets through.
const LIMITS: Limits = Limits {
    fuel: 1_000_000,
    fuel_per_byte: 100,
    time: 60,
    memory: 16 << 20,
    table_entries: 1_000,
    stack: 1 << 19,
    findings: 1_000,
    kept: 1 << 20,
    output: 1 << 20,
    component: 1 << 20,
    compile: 1 << 18,
};

const MANIFEST: &[u8] =
    b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a:1}]}\n";

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(LIMITS).expect("the sandbox can be set up"));

/// Plugins run on threads with more stack than a test has.
static POOL: LazyLock<rayon::ThreadPool> = LazyLock::new(|| {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(LIMITS.thread_stack()).build();
    pool.expect("a thread can be started")
});

/// # Panics
///
/// If a refusal says nothing, a plugin is accepted that did not pass the inspection, or a finding stands where there is nothing.
pub fn run(bytes: &[u8]) {
    if let Err(refusal) = Plugin::inspect(bytes, Some("a.wasm"), LIMITS.component) {
        assert!(refusal.0.starts_with("plugin a.wasm: "), "{refusal}");
        return;
    }
    POOL.install(|| match Plugin::load(bytes.to_vec().into(), Some("a.wasm"), LIMITS.component) {
        Ok(plugin) => works(plugin),
        Err(refusal) => assert!(refusal.0.starts_with("plugin a.wasm: "), "{refusal}"),
    });
}

fn works(plugin: Plugin) {
    let read = one("a.yaml", MANIFEST.to_vec());
    let rules = plugin.info.rules.len() as u32;
    let request = Request {
        sources: &read.sources,
        objects: &read.objects,
        sets: &read.sets,
        kubernetes: "1.37",
        wanted: &[Wanted { rules: (0..rules).collect(), parameters: serde_json::Map::new() }],
        share: None,
    };
    let (findings, faults) = match check(&ENGINE, &[plugin], &request) {
        Ok(found) => found,
        Err(Wrong::Plugin(refusal)) => {
            assert!(refusal.starts_with("plugin a.wasm: "), "{refusal}");
            return;
        }
        Err(Wrong::Parameters(problems)) => panic!("it was given none to refuse: {problems:?}"),
    };
    for finding in &findings {
        assert!(finding.rule < rules && finding.place.object == 0, "{finding:?}");
        assert!(finding.place.span.end as usize <= MANIFEST.len(), "{finding:?}");
        assert!(!finding.message.contains('\n'), "{finding:?}");
    }
    assert!(findings.len() <= 2 * LIMITS.findings, "a call for objects and one for sets");
    for fault in &faults {
        assert!(!fault.message.is_empty() && !fault.message.contains('\n'), "{fault:?}");
    }
}
