//! How much work it is to compile a component, told from its bytes alone, so that the answer is the same on every machine.
//!
//! A compiler's time grows with the bytes of code, but also with what a few bytes can say: a thousand nested loops around a thousand
//! locals (11 KB) took cranelift 20 s, ten thousand branches with a thousand values each (44 KB) 6 s, and components that instantiate one
//! another twice double with every level. The factors below were measured with such functions. A unit is what a byte of plain code
//! costs, some 2 µs.

use wasmparser::{
    BinaryReaderError, BlockType, ComponentAlias, ComponentExternalKind, ComponentInstance,
    ComponentOuterAliasKind, ComponentTypeRef, CompositeInnerType, FunctionBody, Operator, Parser, Payload,
};

use crate::Error;

/// What it costs to compile a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Work, in bytes of plain code.
    pub work: u64,
    /// Instances that come to be, those inside others each time that they do.
    pub instances: u64,
}

/// A component or a module while it is read.
#[derive(Default)]
struct Frame {
    is_component: bool,
    instances: u64,
    /// The instances that each component it knows makes.
    components: Vec<u64>,
    /// Parameters and results of a module's types.
    types: Vec<(u64, u64)>,
    /// The types of the functions that a module defines, and how many of those were weighed.
    functions: Vec<u32>,
    weighed: usize,
}

/// Weighs a component that is valid.
///
/// # Errors
///
/// If it cannot be read, or a component in it is handed to another: how often that is instantiated cannot be told.
pub fn weigh(bytes: &[u8]) -> Result<Weight, Error> {
    read(bytes).map_err(|error| Error(format!("the component is broken: {error}")))?.ok_or_else(|| {
        Error("a component in it is handed to another, so what it becomes cannot be told; put it together without".into())
    })
}

fn read(bytes: &[u8]) -> Result<Option<Weight>, BinaryReaderError> {
    let mut work = 0u64;
    let mut outer = Vec::new();
    let mut frame = Frame { is_component: true, ..Frame::default() };
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } => outer.push(std::mem::take(&mut frame)),
            Payload::ComponentSection { .. } => {
                outer.push(std::mem::replace(&mut frame, Frame { is_component: true, ..Frame::default() }));
            }
            Payload::End(_) => {
                if let Some(around) = outer.pop() {
                    let inner = std::mem::replace(&mut frame, around);
                    if inner.is_component {
                        frame.components.push(inner.instances);
                    }
                }
            }
            Payload::InstanceSection(instances) => {
                frame.instances = frame.instances.saturating_add(u64::from(instances.count()));
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    let inside = match instance? {
                        ComponentInstance::Instantiate { component_index, .. } => {
                            frame.components.get(component_index as usize).copied().unwrap_or_default()
                        }
                        ComponentInstance::FromExports(_) => 0,
                    };
                    frame.instances = frame.instances.saturating_add(inside).saturating_add(1);
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    match alias? {
                        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, .. } => {
                            return Ok(None);
                        }
                        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                            let from = match count {
                                0 => &frame,
                                count => outer.iter().nth_back(count as usize - 1).unwrap_or(&frame),
                            };
                            let inside = from.components.get(index as usize).copied().unwrap_or_default();
                            frame.components.push(inside);
                        }
                        _ => {}
                    }
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    if let ComponentTypeRef::Component(_) = import?.ty {
                        return Ok(None);
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Component {
                        let inside = frame.components.get(export.index as usize).copied();
                        frame.components.push(inside.unwrap_or_default());
                    }
                }
            }
            Payload::TypeSection(groups) => {
                for group in groups {
                    for of in group?.into_types() {
                        frame.types.push(match of.composite_type.inner {
                            CompositeInnerType::Func(of) => {
                                (of.params().len() as u64, of.results().len() as u64)
                            }
                            _ => (0, 0),
                        });
                    }
                }
            }
            Payload::FunctionSection(types) => {
                frame.functions = types.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::CodeSectionEntry(body) => {
                work = work.saturating_add(function(&body, &frame)?);
                frame.weighed += 1;
            }
            _ => {}
        }
    }
    Ok(Some(Weight { work, instances: frame.instances }))
}

/// A block that is open while a function is read.
struct Open {
    is_loop: bool,
    /// Values that a branch to it carries.
    carried: u64,
}

fn function(body: &FunctionBody<'_>, module: &Frame) -> Result<u64, BinaryReaderError> {
    let of = |index: u32| module.types.get(index as usize).copied().unwrap_or_default();
    let (params, results) = module.functions.get(module.weighed).map_or((0, 0), |index| of(*index));
    let mut locals = params;
    for declared in body.get_locals_reader()? {
        locals = locals.saturating_add(u64::from(declared?.0));
    }
    let mut open = vec![Open { is_loop: false, carried: results }];
    let mut loops = 0u64;
    // In 32nds of a byte: where ways meet, every local may have another value, and the more loops are around, the farther that goes.
    let mut met = 0u64;
    let mut carried = 0u64;
    for operator in body.get_operators_reader()? {
        let carries =
            |open: &[Open], depth: u32| open.iter().nth_back(depth as usize).map_or(0, |to| to.carried);
        match operator? {
            ref operator @ (Operator::Block { blockty }
            | Operator::Loop { blockty }
            | Operator::If { blockty }
            | Operator::TryTable { try_table: wasmparser::TryTable { ty: blockty, .. } }) => {
                let is_loop = matches!(operator, Operator::Loop { .. });
                loops += u64::from(is_loop);
                let (params, results) = match blockty {
                    BlockType::Empty => (0, 0),
                    BlockType::Type(_) => (0, 1),
                    BlockType::FuncType(index) => of(index),
                };
                let values = locals.saturating_add(params).saturating_add(results);
                met = met.saturating_add(values.saturating_mul(8 + loops));
                open.push(Open { is_loop, carried: if is_loop { params } else { results } });
            }
            Operator::End => loops -= u64::from(open.pop().is_some_and(|closed| closed.is_loop)),
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                carried = carried.saturating_add(carries(&open, relative_depth));
            }
            Operator::BrTable { targets } => {
                carried = carried.saturating_add(carries(&open, targets.default()));
                for target in targets.targets() {
                    carried = carried.saturating_add(carries(&open, target?));
                }
            }
            _ => {}
        }
    }
    Ok((body.range().len() as u64).saturating_add(met / 32).saturating_add(carried / 4))
}
