//! The work: which plugin looks at which objects, in shifts with a fresh store each, and how what they found is put together again.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::RandomState;
use rayon::prelude::*;

use super::description::plain;
use super::engine::{Engine, explain};
use super::limits::size;
use super::load::Plugin;
use super::worker::{Cost, Done, Job, MESSAGE, PATIENCE, Refusal, Request, Wanted, Worker, started};
use crate::finding::{Fault, FaultKind, Finding, RuleInfo};
use crate::object::Object;

/// Objects that one store of a plugin looks at.
const SHIFT: usize = 1024;

/// Something wrong in a configuration: the plugin, an RFC 6901 pointer into its parameters (`/rule/key`), and what is wrong.
pub type Problem = (u32, String, String);

/// Why nothing was checked.
#[derive(Debug)]
pub enum Wrong {
    /// A plugin does not load.
    Plugin(String),
    /// Plugins refuse their parameters.
    Parameters(Vec<Problem>),
}

/// What a rule's kinds are compared with.
struct Looks<'a> {
    kind: &'a str,
    /// `group/kind`.
    qualified: String,
    pods: bool,
}

/// One call to come.
enum Task {
    Shift { job: usize, objects: Range<usize> },
    Set { job: usize, set: usize },
}

impl Task {
    fn job(&self) -> usize {
        match self {
            Self::Shift { job, .. } | Self::Set { job, .. } => *job,
        }
    }
}

type Found = (Vec<Finding>, Vec<Fault>);

/// Asks every plugin about every object that it looks at. Neither the number of threads nor the order in which they finish shows in the
/// result.
///
/// # Errors
///
/// If a plugin cannot be compiled or refuses its parameters; nothing was checked then.
pub fn check(engine: &Engine, plugins: &[Plugin], request: &Request<'_>) -> Result<Found, Wrong> {
    // rayon runs a single task on the thread that asks, which may have no stack for plugins; a scope runs on the pool's.
    rayon::scope(|_| checked(engine, plugins, request))
}

fn checked(engine: &Engine, plugins: &[Plugin], request: &Request<'_>) -> Result<Found, Wrong> {
    let (jobs, tasks) = prepared(engine, plugins, request)?;
    let done = worked(engine, request, &jobs, &tasks);
    Ok(together(engine, &jobs, &tasks, done))
}

/// Does the work of a scan one task after the other, and says what each plugin cost, by its position; none for one that has nothing to
/// look at.
///
/// # Errors
///
/// As [`check`], or if a plugin ends in a fault, whose cost nobody wants to know.
pub fn measure(
    engine: &Engine,
    plugins: &[Plugin],
    request: &Request<'_>,
) -> Result<Vec<Option<Cost>>, Wrong> {
    rayon::scope(|_| {
        let (jobs, tasks) = prepared(engine, plugins, request)?;
        let mut costs: Vec<Option<Cost>> = vec![None; plugins.len()];
        for task in &tasks {
            let job = &jobs[task.job()];
            let done = work(task, job, engine, request);
            if let Some(fault) = done.faults.first() {
                let title = &job.plugin.info.name;
                return Err(Wrong::Plugin(format!("plugin {title}: {}", fault.message)));
            }
            costs[job.number as usize].get_or_insert_default().join(&done.cost);
        }
        Ok(costs)
    })
}

/// What is to be done, once it is known that it can be.
fn prepared<'a>(
    engine: &Engine,
    plugins: &'a [Plugin],
    request: &Request<'a>,
) -> Result<(Vec<Job<'a>>, Vec<Task>), Wrong> {
    let looks: Vec<Looks<'_>> = request.objects.par_iter().map(looks).collect();
    let plugins = || plugins.iter().zip(request.wanted).zip(0u32..);
    let jobs: Vec<Job<'_>> = plugins()
        .filter(|((_, wanted), _)| !wanted.rules.is_empty())
        .map(|((plugin, wanted), number)| job(number, plugin, wanted, request, &looks))
        .collect();
    let mut tasks = Vec::new();
    for (number, job) in jobs.iter().enumerate() {
        // A shift is done whole or not at all: what a plugin cannot bear in one batch, it could in another.
        let wanted =
            |shift: &Range<usize>| job.objects[shift.clone()].iter().any(|object| request.is_wanted(*object));
        let shifts = shifts(&job.objects).filter(wanted);
        tasks.extend(shifts.map(|objects| Task::Shift { job: number, objects }));
        let sets = job.sets.iter().enumerate().filter(|(_, objects)| !objects.is_empty());
        tasks.extend(sets.map(|(set, _)| Task::Set { job: number, set }));
    }
    drop(looks);
    let busy = jobs.iter().filter(|job| job.looks_at_something()).map(|job| job.number);
    let configured = plugins().filter(|((_, wanted), _)| !wanted.parameters.is_empty());
    let needed: BTreeSet<u32> = busy.chain(configured.map(|(_, number)| number)).collect();
    let needed = plugins().filter(|(_, number)| needed.contains(number)).map(|((plugin, _), _)| plugin);
    make_ready(engine, needed.collect())?;
    let problems: Vec<Problem> = plugins()
        .flat_map(|((plugin, wanted), number)| refused(engine, number, plugin, wanted, request.kubernetes))
        .collect();
    if !problems.is_empty() {
        return Err(Wrong::Parameters(problems));
    }
    Ok((jobs, tasks))
}

/// Does the tasks, in any order. One that follows on more findings of its plugin than are kept is left out: `together` would drop it.
fn worked(engine: &Engine, request: &Request<'_>, jobs: &[Job<'_>], tasks: &[Task]) -> Vec<Done> {
    let kept: Vec<AtomicUsize> = tasks.iter().map(|_| AtomicUsize::new(0)).collect();
    let too_many_before = |number: usize| {
        let first = tasks.partition_point(|task| task.job() < tasks[number].job());
        let before = kept[first..number].iter().map(|kept| kept.load(Ordering::Relaxed));
        before.fold(0, usize::saturating_add) > engine.limits.kept
    };
    let task = |number: usize| {
        if too_many_before(number) {
            return Done::default();
        }
        let task = &tasks[number];
        let mut done = work(task, &jobs[task.job()], engine, request);
        done.findings.shrink_to_fit();
        kept[number].store(done.kept, Ordering::Relaxed);
        done
    };
    // A set crosses the wall as a whole, so sets come first: while there is nothing else to be kept.
    let is_set = |number: &usize| matches!(tasks[*number], Task::Set { .. });
    let (sets, shifts): (Vec<usize>, Vec<usize>) = (0..tasks.len()).partition(is_set);
    let order = [sets, shifts].concat();
    let mut done: Vec<(usize, Done)> = order.into_par_iter().map(|number| (number, task(number))).collect();
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, done)| done).collect()
}

fn work(task: &Task, job: &Job<'_>, engine: &Engine, request: &Request<'_>) -> Done {
    let worker = Worker::new(engine, request, job);
    match task {
        Task::Shift { objects, .. } => worker.shift(&job.objects[objects.clone()]),
        Task::Set { set, .. } => worker.set(&job.sets[*set]),
    }
}

/// Puts together what the tasks came to, in their order. The task with which a plugin's findings become too many is its last; nothing of
/// those that follow it is kept, so that it does not show which of them were done.
fn together(engine: &Engine, jobs: &[Job<'_>], tasks: &[Task], done: Vec<Done>) -> Found {
    let most = engine.limits.kept;
    let mut findings = Vec::with_capacity(done.iter().map(|done| done.findings.len()).sum());
    let mut faults = Vec::new();
    let mut kept = vec![0usize; jobs.len()];
    for (task, done) in tasks.iter().zip(done) {
        let before = kept[task.job()];
        if before > most {
            continue;
        }
        findings.extend(done.findings);
        faults.extend(done.faults);
        let after = before.saturating_add(done.kept);
        kept[task.job()] = after;
        if after > most {
            let message = format!(
                "its findings in this scan take more than {}, so that the rest of them is missing; \
                 raise `limits.kept` if they are right",
                size(most)
            );
            let plugin = Some(Arc::from(jobs[task.job()].plugin.info.name.as_str()));
            faults.push(Fault { file: None, at: None, plugin, kind: FaultKind::Output, message });
        }
    }
    (findings, faults)
}

/// Compiles plugins, side by side. Those that nobody needs are left alone.
fn make_ready(engine: &Engine, needed: Vec<&Plugin>) -> Result<(), Wrong> {
    let ready: Vec<_> = needed.into_par_iter().map(|plugin| plugin.ready(engine).map(drop)).collect();
    // The first that does not load is told of, whichever was tried first.
    ready.into_iter().collect::<Result<(), _>>().map_err(|error| Wrong::Plugin(error.to_string()))
}

fn looks(object: &Object) -> Looks<'_> {
    let identity = object.identity();
    let group = identity.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let qualified = format!("{group}/{}", identity.kind);
    Looks { kind: identity.kind, qualified, pods: object.read().pods().next().is_some() }
}

impl Looks<'_> {
    /// Looks kinds up, because a plugin may name millions.
    fn answers(&self, kinds: &HashSet<&str, RandomState>) -> bool {
        kinds.contains("*")
            || self.pods && kinds.contains("@pods")
            || !self.kind.contains('/') && kinds.contains(self.kind)
            || kinds.contains(self.qualified.as_str())
    }
}

fn job<'a>(
    number: u32,
    plugin: &'a Plugin,
    wanted: &'a Wanted,
    request: &Request<'_>,
    looks: &[Looks<'_>],
) -> Job<'a> {
    let rules = || wanted.rules.iter().map(|rule| &plugin.info.rules[*rule as usize]);
    let kinds = |set: bool| -> HashSet<&str, RandomState> {
        rules().filter(|rule| rule.set == set).flat_map(|rule| &rule.kinds).map(String::as_str).collect()
    };
    let (object_kinds, set_kinds) = (kinds(false), kinds(true));
    let ids: Vec<&str> = rules().map(RuleInfo::short_id).collect();
    let config = config(request.kubernetes, &serde_json::json!(ids), wanted);
    let answering = |range: Range<u32>, kinds: &HashSet<&str, RandomState>| -> Vec<u32> {
        range.filter(|object| looks[*object as usize].answers(kinds)).collect()
    };
    Job {
        number,
        plugin,
        config,
        rules: ids.into_iter().zip(wanted.rules.iter().copied()).collect(),
        numbers: &wanted.rules,
        objects: answering(0..request.objects.len() as u32, &object_kinds),
        sets: request.sets.iter().map(|set| answering(set.clone(), &set_kinds)).collect(),
    }
}

/// What a plugin says against all its parameters, those of rules that are off too. One without any is not asked.
fn refused(engine: &Engine, number: u32, plugin: &Plugin, wanted: &Wanted, kubernetes: &str) -> Vec<Problem> {
    if wanted.parameters.is_empty() {
        return Vec::new();
    }
    let rules: Vec<&String> = wanted.parameters.keys().collect();
    let config = config(kubernetes, &serde_json::json!(rules), wanted);
    let problem = |pointer: &str, message: &str| (number, plain(pointer, MESSAGE), plain(message, MESSAGE));
    match started(engine, plugin, &config) {
        Ok(_) => Vec::new(),
        Err(Refusal::Problems(problems)) => problems
            .iter()
            .take(PATIENCE)
            .map(|found| {
                problem(found.pointer.strip_prefix("/parameters").unwrap_or(&found.pointer), &found.message)
            })
            .collect(),
        Err(Refusal::Error(error)) => vec![problem("", &explain(&error, &engine.limits).1)],
    }
}

/// What `configure` is told.
fn config(kubernetes: &str, rules: &serde_json::Value, wanted: &Wanted) -> String {
    serde_json::json!({ "kubernetes": kubernetes, "rules": rules, "parameters": wanted.parameters })
        .to_string()
}

/// Cuts a plugin's objects where the scan's shifts end, so that the borders depend on the objects of the scan alone.
fn shifts(objects: &[u32]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let shift = *objects.get(start)? as usize / SHIFT;
        let len = objects[start..].partition_point(|object| *object as usize / SHIFT == shift);
        let range = start..start + len;
        start += len;
        Some(range)
    })
}
