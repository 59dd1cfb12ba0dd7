//! One plugin at work on one shift of objects, or on one set: it is asked batch by batch, and every number, name and text that comes back
//! is checked before it becomes a finding.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use plimsoll_tape::{packed, tape_into};
use wasmtime::Store;

use super::accept::Last;
use super::description::{Objects, plain};
use super::engine::{Engine, GaveUp, SaidTooMuch, State, explain};
use super::load::{Instance, Plugin};
use super::wall::exports::plimsoll::policy::rules as wall;
use crate::finding::{Fault, FaultKind, Finding, PluginInfo};
use crate::object::{Object, to_json};
use crate::source::Source;

/// Objects that one call looks at, at most.
const BATCH: usize = 64;
/// Bytes of objects that one call looks at, unless a single object has more.
const BATCH_BYTES: usize = 256 << 10;
/// After so many faults in a row a plugin is not asked about the rest of a shift.
pub(super) const PATIENCE: usize = 10;
/// Nor after so many in all: one that fails now and then must not burn its fuel a thousand times.
const MOST_FAULTS: usize = 50;
/// Bytes of a message; what is longer is cut.
pub(super) const MESSAGE: usize = 4 << 10;

/// What is to be checked.
#[derive(Debug)]
pub struct Request<'a> {
    /// The sources, in the order of the scan.
    pub sources: &'a [Source],
    /// The objects, in the order of the scan.
    pub objects: &'a [Object],
    /// The objects of every set, as positions.
    pub sets: &'a [Range<u32>],
    /// The version of Kubernetes, such as `1.37`.
    pub kubernetes: &'a str,
    /// What is wanted of each plugin.
    pub wanted: &'a [Wanted],
    /// For every source whether its objects are to be looked at; none says all. More may be looked at: whole shifts are.
    pub share: Option<&'a [bool]>,
}

impl Request<'_> {
    /// Whether an object is to be looked at.
    pub(super) fn is_wanted(&self, object: u32) -> bool {
        self.share.is_none_or(|share| share[self.objects[object as usize].source as usize])
    }
}

/// What is wanted of one plugin.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Its rules that are on, as positions in its list.
    pub rules: Vec<u32>,
    /// Parameters by short id.
    pub parameters: serde_json::Map<String, serde_json::Value>,
}

/// A plugin with what is wanted of it and what it looks at.
pub(super) struct Job<'a> {
    pub(super) number: u32,
    pub(super) plugin: &'a Plugin,
    pub(super) config: String,
    /// The rules that are on: their ids without the plugin's name, and their positions in its list.
    pub(super) rules: HashMap<&'a str, u32, RandomState>,
    /// Those positions in the order in which the plugin is told of them.
    pub(super) numbers: &'a [u32],
    /// Positions of the objects that its object rules look at.
    pub(super) objects: Vec<u32>,
    /// For every set, positions of the objects that its set rules look at.
    pub(super) sets: Vec<Vec<u32>>,
}

impl Job<'_> {
    pub(super) fn looks_at_something(&self) -> bool {
        !self.objects.is_empty() || self.sets.iter().any(|objects| !objects.is_empty())
    }
}

/// What one task came to, and the bytes that its findings take. They go on being counted where one was too large to be kept.
#[derive(Default)]
pub(super) struct Done {
    pub(super) findings: Vec<Finding>,
    pub(super) faults: Vec<Fault>,
    pub(super) kept: usize,
    pub(super) cost: Cost,
}

/// What calls of a plugin cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Objects that were given to it, once for its object rules and once for its set rules.
    pub objects: usize,
    /// Fuel that was used: the same on every machine.
    pub fuel: u64,
    /// The largest part of its fuel that a call used, from 0 to 1.
    pub share: f64,
    /// Time that passed in it.
    pub time: Duration,
}

/// A plugin that was started, with what belongs to it.
pub(super) struct Started {
    store: Store<State>,
    instance: Instance,
}

/// What a plugin answered: findings, or why it gave up.
enum Answer {
    Records(Result<Vec<wall::Finding>, String>),
    Packed(Result<Vec<u8>, String>),
}

pub(super) enum Refusal {
    Problems(Vec<wall::Problem>),
    Error(wasmtime::Error),
}

pub(super) fn started(engine: &Engine, plugin: &Plugin, config: &str) -> Result<Started, Refusal> {
    let mut store = engine.store();
    let start = |store: &mut Store<State>| {
        engine.refuel(store, 0)?;
        let instance = plugin.ready(engine)?.start(&mut *store)?;
        let answer = instance.rules().call_configure(&mut *store, config)?;
        Ok((instance, answer))
    };
    match start(&mut store) {
        Ok((instance, Ok(()))) => Ok(Started { store, instance }),
        Ok((_, Err(problems))) => Err(Refusal::Problems(problems)),
        Err(error) => Err(Refusal::Error(error)),
    }
}

impl Started {
    /// Asks through whichever interface the plugin exports.
    fn ask(&mut self, ask: Ask, input: &[u8]) -> wasmtime::Result<Answer> {
        let (store, rules) = (&mut self.store, self.instance.rules());
        Ok(match (self.instance.packed(), ask) {
            (Some(packed), Ask::Objects) => Answer::Packed(packed.call_check(store, input)?),
            (Some(packed), Ask::Set) => Answer::Packed(packed.call_check_set(store, input)?),
            (None, Ask::Objects) => Answer::Records(rules.call_check(store, input)?),
            (None, Ask::Set) => Answer::Records(rules.call_check_set(store, input)?),
        })
    }
}

/// A problem with a configuration, with the rule if it names one.
fn refusal(problem: &wall::Problem) -> String {
    let rule = problem.pointer.strip_prefix("/parameters/").and_then(|rest| rest.split('/').next());
    let rule = rule.map(|rule| format!("rule {}: ", plain(rule, 64))).unwrap_or_default();
    rule + &plain(&problem.message, MESSAGE)
}

/// How much a plugin said: findings, their related places and their edits.
fn said(found: &[wall::Finding]) -> usize {
    let edits = |finding: &wall::Finding| finding.fix.as_ref().map_or(0, |fix| fix.edits.len());
    found.iter().map(|finding| 1 + finding.related.len() + edits(finding)).sum()
}

/// One plugin and one shift of objects, or one set.
pub(super) struct Worker<'a> {
    pub(super) engine: &'a Engine,
    pub(super) request: &'a Request<'a>,
    pub(super) job: &'a Job<'a>,
    started: Option<Started>,
    pub(super) done: Done,
    /// Faults since something last went well.
    in_a_row: usize,
    /// Whether a call took longer than it may on this machine.
    late: bool,
    /// What the findings say, each text once.
    pub(super) texts: RefCell<HashSet<Arc<str>, RandomState>>,
    /// Room for what a call is given.
    input: Vec<u8>,
    pub(super) last: RefCell<Last>,
}

#[derive(Clone, Copy)]
enum Ask {
    Objects,
    Set,
}

impl Cost {
    /// Adds what other calls cost.
    pub(super) fn join(&mut self, other: &Self) {
        self.objects += other.objects;
        self.fuel += other.fuel;
        self.share = self.share.max(other.share);
        self.time += other.time;
    }

    /// Adds a call that was given so much fuel, and left some.
    fn add(&mut self, objects: usize, given: u64, left: u64, time: Duration) {
        let used = given - left;
        let share = self.share.max(used as f64 / given.max(1) as f64);
        *self =
            Self { objects: self.objects + objects, fuel: self.fuel + used, share, time: self.time + time };
    }
}

impl<'a> Worker<'a> {
    pub(super) fn new(engine: &'a Engine, request: &'a Request<'a>, job: &'a Job<'a>) -> Self {
        Self {
            engine,
            request,
            job,
            started: None,
            done: Done::default(),
            in_a_row: 0,
            late: false,
            texts: RefCell::default(),
            input: Vec::new(),
            last: RefCell::default(),
        }
    }

    pub(super) fn shift(mut self, objects: &[u32]) -> Done {
        let mut rest = objects;
        while !rest.is_empty() && !self.is_full() {
            let (batch, after) = rest.split_at(self.batch_len(rest));
            rest = after;
            let unasked = match self.ask(Ask::Objects, batch) {
                Ok(()) => {
                    self.in_a_row = 0;
                    0
                }
                Err(error) => self.one_by_one(batch, &error),
            };
            if self.out_of_patience() {
                self.give_up(unasked + rest.len());
                break;
            }
        }
        self.done
    }

    fn out_of_patience(&self) -> bool {
        self.late || self.in_a_row >= PATIENCE || self.done.faults.len() >= MOST_FAULTS
    }

    /// Whether there are more findings than a whole scan keeps: then this is the plugin's last shift, and `together` says so.
    fn is_full(&self) -> bool {
        self.done.kept > self.engine.limits.kept
    }

    fn give_up(&mut self, left: usize) {
        if left == 0 {
            return;
        }
        let not_asked = format!("it was not asked about {left} further objects of this shift");
        if self.late {
            let message = format!(
                "{not_asked}: a call took longer than {} s, which depends on this machine and what else it does; \
                 raise `limits.time`, or lower `limits.fuel` to end at the same point everywhere",
                self.engine.limits.time
            );
            self.fault(FaultKind::Time, None, message);
        } else {
            let faults = self.done.faults.len();
            self.fault(FaultKind::Trap, None, format!("{not_asked} after {faults} faults"));
        }
    }

    pub(super) fn set(mut self, objects: &[u32]) -> Done {
        if let Err(error) = self.ask(Ask::Set, objects) {
            let (kind, message) = explain(&error, &self.engine.limits);
            self.fault(kind, None, message);
        }
        self.done
    }

    fn batch_len(&self, objects: &[u32]) -> usize {
        let mut bytes = 0;
        let fitting = objects.iter().take(BATCH).take_while(|object| {
            bytes += self.request.objects[**object as usize].chunk.len();
            bytes <= BATCH_BYTES
        });
        fitting.count().max(1)
    }

    /// A batch ended in a fault: each of its objects is looked at alone, so that the fault names the object. Returns how many were not,
    /// because too many failed in a row.
    fn one_by_one(&mut self, batch: &[u32], error: &wasmtime::Error) -> usize {
        if let [object] = batch {
            self.failed(*object, error);
            return 0;
        }
        let mut failed = false;
        for (done, object) in batch.iter().enumerate() {
            match self.ask(Ask::Objects, &[*object]) {
                Ok(()) => self.in_a_row = 0,
                Err(error) => {
                    failed = true;
                    self.failed(*object, &error);
                }
            }
            if self.is_full() {
                return 0;
            }
            let left = batch.len() - done - 1;
            if left > 0 && self.out_of_patience() {
                return left;
            }
        }
        // Alone they all went well. That together they said too much costs nothing; anything else is worth telling.
        if !failed && error.downcast_ref::<SaidTooMuch>().is_none() {
            let (kind, message) = explain(error, &self.engine.limits);
            self.fault(
                kind,
                None,
                format!("{message} (on {} objects at once; each alone went well)", batch.len()),
            );
        }
        0
    }

    fn failed(&mut self, object: u32, error: &wasmtime::Error) {
        self.in_a_row += 1;
        let (kind, message) = explain(error, &self.engine.limits);
        self.fault(kind, Some(object), message);
    }

    /// Asks about some objects, and notes whether that took too long. What is late is taken all the same: fuel has ended it.
    fn ask(&mut self, ask: Ask, objects: &[u32]) -> Result<(), wasmtime::Error> {
        let started = Instant::now();
        let answer = self.answer(ask, objects);
        self.late |= started.elapsed().as_secs() >= self.engine.limits.time;
        answer
    }

    /// Findings and nonsense are noted. After an error the instance is gone.
    fn answer(&mut self, ask: Ask, objects: &[u32]) -> Result<(), wasmtime::Error> {
        let mut running = match self.started.take() {
            Some(running) => running,
            None => match started(self.engine, self.job.plugin, &self.job.config) {
                Ok(running) => running,
                Err(Refusal::Error(error)) => return Err(error),
                Err(Refusal::Problems(problems)) => {
                    let said: Vec<String> = problems.iter().take(PATIENCE).map(refusal).collect();
                    let message = format!("it refused its configuration: {}", said.join("; "));
                    self.fault(FaultKind::Nonsense, None, message);
                    return Ok(());
                }
            },
        };
        // Numbers of objects mean others now.
        self.last.take();
        let mut input = std::mem::take(&mut self.input);
        match self.job.plugin.objects {
            Objects::Tape => {
                let chunk = |object: &u32| self.request.objects[*object as usize].chunk.as_ref();
                tape_into(&mut input, objects.iter().map(chunk));
            }
            Objects::Json => input = self.json(objects),
        }
        self.engine.refuel(&mut running.store, input.len())?;
        let (fuel, begun) = (running.store.get_fuel()?, Instant::now());
        let answer = running.ask(ask, &input)?;
        self.done.cost.add(objects.len(), fuel, running.store.get_fuel()?, begun.elapsed());
        self.input = input;
        match answer {
            Answer::Records(Err(message)) | Answer::Packed(Err(message)) => {
                return Err(GaveUp(plain(&message, MESSAGE)).into());
            }
            Answer::Records(Ok(found)) => {
                self.is_allowed(said(&found))?;
                self.take(objects, found.into_iter());
            }
            Answer::Packed(Ok(bytes)) => {
                let found = packed::read(&bytes)?;
                self.is_allowed(found.parts())?;
                self.take(objects, found);
            }
        }
        self.started = Some(running);
        Ok(())
    }

    /// Whether so many findings, places and edits may be said in one call.
    fn is_allowed(&self, said: usize) -> Result<(), SaidTooMuch> {
        if said > self.engine.limits.findings { Err(SaidTooMuch(said)) } else { Ok(()) }
    }

    fn json(&self, objects: &[u32]) -> Vec<u8> {
        let mut text = String::from("[");
        for object in objects {
            let object = &self.request.objects[*object as usize];
            let chunk = object.read();
            let pods: Vec<serde_json::Value> = chunk
                .pods()
                .map(|pod| {
                    let metadata = pod.metadata.map(|node| object.pointer(node));
                    serde_json::json!({ "spec": object.pointer(pod.spec), "metadata": metadata })
                })
                .collect();
            let (file, pods) = (serde_json::Value::from(chunk.file()), serde_json::Value::Array(pods));
            let comma = if text.len() > 1 { "," } else { "" };
            text.push_str(&format!(
                r#"{comma}{{"file":{file},"pods":{pods},"object":{}}}"#,
                to_json(&chunk, 0)
            ));
        }
        text.push(']');
        text.into_bytes()
    }

    pub(super) fn fault(&mut self, kind: FaultKind, object: Option<u32>, message: String) {
        let object = object.map(|object| &self.request.objects[object as usize]);
        let source = object.map(|object| &self.request.sources[object.source as usize]);
        let at = object.zip(source).map(|(object, source)| (object.source, object.highlight(source, 0)));
        self.done.faults.push(Fault {
            file: source.map(|source| source.path.as_str().into()),
            at,
            plugin: Some(Arc::from(self.name())),
            kind,
            message,
        });
    }

    fn name(&self) -> &'a str {
        let PluginInfo { name, .. } = &self.job.plugin.info;
        name
    }
}
