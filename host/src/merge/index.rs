//! What points into the lists of a run, by position: when lists are joined, positions move.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

/// Where the items of a list went; none if that is not known, and what points into it must do without.
pub type Table = Option<Vec<usize>>;

/// Where the things of one run stand in the joined one.
#[derive(Clone, Default)]
pub struct Moves {
    /// The name of the driver, and where its rules are.
    pub driver: (String, Table),
    /// The names of the extensions, and where their rules are.
    pub extension_rules: Vec<(String, Table)>,
    /// The extensions.
    pub extensions: Table,
    /// The artifacts.
    pub artifacts: Table,
    /// The logical locations.
    pub logical_locations: Table,
    /// The invocations.
    pub invocations: Table,
    /// Lists that are only taken if they are the same in all runs that have them, by their names: [`KEPT`].
    pub kept: BTreeMap<&'static str, Table>,
    /// The taxonomies: where each went, and where its taxa are.
    pub taxonomies: Vec<(usize, Table)>,
    /// Their positions by their names.
    pub taxonomy_names: HashMap<String, usize>,
    /// Whether something else moved, such as notifications.
    pub others: bool,
    /// Whether everything is where it was; not said before [`Moves::settle`].
    stays: bool,
}

/// Lists of a run that are only taken if they are the same in all runs.
pub const KEPT: [&str; 5] = ["addresses", "graphs", "threadFlowLocations", "webRequests", "webResponses"];

/// What holds parts of a tool: what such a part lists is not what a result lists under the same name.
const COMPONENTS: [&str; 5] = ["driver", "extensions", "policies", "taxonomies", "translations"];

impl Moves {
    /// Whether everything is where it was, as far as that was settled.
    pub fn is_none(&self) -> bool {
        self.stays
    }

    /// Finds out whether everything is where it was, once all is known: tables are long, and what points into them is much.
    pub fn settle(&mut self) {
        let stays = |table: &Table| {
            table.as_ref().is_some_and(|table| table.iter().enumerate().all(|(from, to)| from == *to))
        };
        self.stays = !self.others
            && [
                &self.driver.1,
                &self.extensions,
                &self.artifacts,
                &self.logical_locations,
                &self.invocations,
            ]
            .into_iter()
            .all(stays)
            && self.extension_rules.iter().all(|(_, rules)| stays(rules))
            && self.taxonomies.iter().enumerate().all(|(from, (to, taxa))| from == *to && stays(taxa));
    }

    /// Moves everything that points into a list, in a value that stands under this key.
    ///
    /// # Errors
    ///
    /// If something points beyond the end of a list, or only by its position to where that is not known.
    pub fn apply(&self, under: &str, value: &mut Value) -> Result<(), String> {
        match value {
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.apply(under, item)),
            Value::Object(map) => self.object(under, map),
            _ => Ok(()),
        }
    }

    fn object(&self, under: &str, map: &mut Map<String, Value>) -> Result<(), String> {
        // What stands there is the tool's own.
        if under == "properties" {
            return Ok(());
        }
        let rule = map.get("rule");
        let is_named = rule.is_some_and(|rule| rule.get("id").or_else(|| rule.get("guid")).is_some());
        let names: &[&str] = if is_named { &["ruleId", "rule"] } else { &["ruleId"] };
        let component = rule.and_then(|rule| rule.get("toolComponent"));
        let rules = component.map_or(Some(&self.driver.1), |component| self.rules(component));
        moved(map, "ruleIndex", rules.unwrap_or(&None), "rules", names)?;
        moved(map, "invocationIndex", &self.invocations, "invocations", &[])?;
        moved(map, "runGraphIndex", self.kept("graphs"), "graphs", &[])?;
        match under {
            "rule" | "associatedRule" => return self.rule(map),
            "target" | "taxa" => return self.taxon(map),
            "descriptor" => return reference(map),
            "supportedTaxonomies" => {
                let name = map.get("name").and_then(Value::as_str);
                let known = name.and_then(|name| self.taxonomy(name));
                return match known.map(|(to, _)| *to).filter(|_| map.contains_key("index")) {
                    Some(to) => {
                        replace(map, "index", Some(to));
                        Ok(())
                    }
                    None => told_otherwise(map, &["name", "guid"]),
                };
            }
            "toolComponent" | "associatedComponent" => {
                return told_otherwise(map, &["name", "guid"]);
            }
            // Other locations have no position of their own.
            "locations" | "threadFlowLocations" => {
                moved(
                    map,
                    "index",
                    self.kept("threadFlowLocations"),
                    "locations of thread flows",
                    &["location"],
                )?;
            }
            "webRequest" | "webRequests" => {
                moved(map, "index", self.kept("webRequests"), "requests", &["target"])?;
            }
            "webResponse" | "webResponses" => {
                moved(map, "index", self.kept("webResponses"), "responses", &["statusCode"])?;
            }
            "address" | "addresses" => {
                let names = ["absoluteAddress", "relativeAddress", "fullyQualifiedName", "name"];
                moved(map, "index", self.kept("addresses"), "addresses", &names)?;
                moved(map, "parentIndex", self.kept("addresses"), "addresses", &[])?;
            }
            "logicalLocation" | "logicalLocations" => {
                moved(
                    map,
                    "index",
                    &self.logical_locations,
                    "logical locations",
                    &["fullyQualifiedName", "name"],
                )?;
                moved(map, "parentIndex", &self.logical_locations, "logical locations", &[])?;
            }
            _ => {
                moved(map, "index", &self.artifacts, "artifacts", &["uri"])?;
                moved(map, "parentIndex", &self.artifacts, "artifacts", &[])?;
            }
        }
        let is_component = COMPONENTS.contains(&under);
        map.iter_mut().try_for_each(|(key, value)| match key.as_str() {
            "locations" if is_component => self.apply("artifactLocation", value),
            "taxa" if is_component => self.apply("rules", value),
            key => self.apply(key, value),
        })
    }

    fn kept(&self, list: &str) -> &Table {
        self.kept.get(list).unwrap_or(&None)
    }

    /// A reference to a rule: its position depends on the component that it is in.
    fn rule(&self, map: &mut Map<String, Value>) -> Result<(), String> {
        let rules = map.get("toolComponent").map_or(Some(&self.driver.1), |component| self.rules(component));
        moved(map, "index", rules.unwrap_or(&None), "rules", &["id", "guid"])?;
        match map.get_mut("toolComponent").and_then(Value::as_object_mut) {
            Some(component) => moved(component, "index", &self.extensions, "extensions", &["name", "guid"]),
            None => Ok(()),
        }
    }

    /// A reference to a taxon, or to a rule in a relation of another.
    fn taxon(&self, map: &mut Map<String, Value>) -> Result<(), String> {
        let component = map.get("toolComponent");
        let index = component.and_then(|component| component.get("index")).and_then(Value::as_u64);
        let name = component.and_then(|component| component.get("name")).and_then(Value::as_str);
        let taxonomy = match name {
            Some(name) => self.taxonomy(name),
            None => index.and_then(|index| self.taxonomies.get(usize::try_from(index).ok()?)),
        };
        let Some((to, taxa)) = taxonomy else { return reference(map) };
        moved(map, "index", taxa, "taxa", &["id", "guid"])?;
        match map.get_mut("toolComponent").and_then(Value::as_object_mut) {
            Some(component) if index.is_some() => replace(component, "index", Some(*to)),
            _ => {}
        }
        Ok(())
    }

    fn taxonomy(&self, name: &str) -> Option<&(usize, Table)> {
        self.taxonomies.get(*self.taxonomy_names.get(name)?)
    }

    /// Where the rules of a component went that is told by its position or its name.
    fn rules(&self, component: &Value) -> Option<&Table> {
        if let Some(index) = component.get("index").and_then(Value::as_u64) {
            return self.extension_rules.get(usize::try_from(index).ok()?).map(|(_, rules)| rules);
        }
        let name = component.get("name").and_then(Value::as_str)?;
        if name == self.driver.0 {
            return Some(&self.driver.1);
        }
        self.extension_rules.iter().find(|(known, _)| known == name).map(|(_, rules)| rules)
    }
}

/// A reference to something that is no rule does without its position.
fn reference(map: &mut Map<String, Value>) -> Result<(), String> {
    told_otherwise(map, &["id", "guid"])?;
    match map.get_mut("toolComponent").and_then(Value::as_object_mut) {
        Some(component) => told_otherwise(component, &["name", "guid"]),
        None => Ok(()),
    }
}

fn told_otherwise(map: &mut Map<String, Value>, names: &[&str]) -> Result<(), String> {
    moved(map, "index", &None, "items", names)
}

/// Moves a position. Where its list is not known, it is left out if one of `names` says the same.
fn moved(
    map: &mut Map<String, Value>,
    key: &str,
    table: &Table,
    what: &str,
    names: &[&str],
) -> Result<(), String> {
    // What is negative says nothing.
    let Some(index) = map.get(key).and_then(Value::as_u64) else { return Ok(()) };
    let to = to(table, index, what)?;
    if to.is_none() && !names.iter().any(|name| map.contains_key(*name)) {
        return Err(format!(
            "`{key}` {index} is the only name of what it points to, which cannot be found in a joined run"
        ));
    }
    replace(map, key, to);
    Ok(())
}

fn to(table: &Table, index: u64, what: &str) -> Result<Option<usize>, String> {
    let Some(table) = table else { return Ok(None) };
    let found = usize::try_from(index).ok().and_then(|index| table.get(index));
    found
        .map(|to| Some(*to))
        .ok_or_else(|| format!("this points to number {index} of the {what}, and there are {}", table.len()))
}

fn replace(map: &mut Map<String, Value>, key: &str, to: Option<usize>) {
    match to {
        Some(to) => _ = map.insert(key.to_owned(), to.into()),
        None => _ = map.shift_remove(key),
    }
}
