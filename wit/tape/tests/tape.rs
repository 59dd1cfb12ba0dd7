//! What is written is what is read, and what is broken is refused or read harmlessly.

use plimsoll_tape::{Builder, Chunk, Overflow, Pod, Value, chunks, find_pods, tape};

/// `{"kind": "Deployment", "spec": {"template": {"spec": {"containers": [{"name": "a"}, 7]}}}}`
fn deployment() -> Result<Box<[u8]>, Overflow> {
    let mut builder = Builder::new();
    builder.open_mapping(None)?;
    builder.scalar(Some("kind"), Value::String("Deployment"))?;
    for key in ["spec", "template", "spec"] {
        builder.open_mapping(Some(key))?;
    }
    builder.open_sequence(Some("containers"))?;
    builder.open_mapping(None)?;
    builder.scalar(Some("name"), Value::String("a"))?;
    builder.close();
    builder.scalar(None, Value::Int(7))?;
    for _ in 0..5 {
        builder.close();
    }
    let pods = find_pods(&builder.view());
    builder.finish("a.yaml", &pods)
}

#[test]
fn what_is_written_is_read() -> Result<(), Overflow> {
    let bytes = deployment()?;
    let chunk = Chunk::new(&bytes).expect("it was just written");
    assert_eq!(chunk.file(), "a.yaml");
    assert_eq!(chunk.pods().collect::<Vec<_>>(), [Pod { spec: 4, metadata: None }]);
    let containers = chunk.get(4, "containers").expect("it is there");
    assert_eq!(chunk.value(containers), Value::Sequence(2));
    let first = chunk.item(containers, 0).expect("it is there");
    assert_eq!(chunk.get(first, "name").map(|node| chunk.value(node)), Some(Value::String("a")));
    assert_eq!(chunk.item(containers, 1).map(|node| chunk.value(node)), Some(Value::Int(7)));
    assert_eq!(
        (chunk.item(containers, 2), chunk.get(first, "image"), chunk.get(containers, "name")),
        (None, None, None)
    );
    Ok(())
}

#[test]
fn chunks_may_be_joined_and_copied_out_of() -> Result<(), Overflow> {
    let one = deployment()?;
    let tape = tape([one.as_ref(), one.as_ref()]);
    let read = chunks(&tape).expect("it was just written");
    assert_eq!(read.len(), 2);
    let mut builder = Builder::new();
    builder.copy(None, &read[1], 2)?;
    let copy = builder.finish("b.yaml", &[])?;
    let copy = Chunk::new(&copy).expect("it was just written");
    assert_eq!((copy.len(), copy.key(0), copy.key(1)), (7, None, Some("template")));
    Ok(())
}

#[test]
fn a_custom_kind_carries_a_pod_where_it_looks_like_one() -> Result<(), Overflow> {
    let mut builder = Builder::new();
    builder.open_mapping(None)?;
    builder.scalar(Some("kind"), Value::String("Rollout"))?;
    builder.open_mapping(Some("podTemplate"))?;
    builder.open_mapping(Some("spec"))?;
    builder.open_sequence(Some("containers"))?;
    builder.open_mapping(None)?;
    for _ in 0..5 {
        builder.close();
    }
    assert_eq!(find_pods(&builder.view()), [Pod { spec: 3, metadata: None }]);
    Ok(())
}

#[test]
fn a_broken_tape_is_refused_or_read_harmlessly() -> Result<(), Overflow> {
    let one = deployment()?;
    let whole = tape([one.as_ref()]);
    for end in 0..whole.len() {
        assert!(chunks(&whole[..end]).is_err(), "cut at {end}");
    }
    // Every byte of the header and the tables, changed: whatever is read, the reading ends and stays inside.
    for at in 0..whole.len() {
        for value in [0, 1, 0x7F, 0xFF] {
            let mut broken = whole.clone();
            broken[at] = value;
            let Ok(read) = chunks(&broken) else { continue };
            for chunk in read {
                walk(&chunk);
            }
        }
    }
    Ok(())
}

/// What is not refused can be read to its end, every node once.
fn walk(chunk: &Chunk<'_>) {
    let mut left = vec![0];
    let mut met = 0;
    while let Some(node) = left.pop() {
        met += 1;
        let _ = (chunk.value(node), chunk.key(node));
        left.extend(chunk.children(node));
    }
    assert_eq!(met, chunk.len());
    assert!(chunk.pods().all(|pod| pod.spec < chunk.len()));
}

#[test]
fn nodes_that_reach_into_their_neighbours_are_refused() -> Result<(), Overflow> {
    let mut builder = Builder::new();
    builder.open_sequence(None)?;
    for _ in 0..3 {
        builder.open_sequence(None)?;
        builder.scalar(None, Value::Null)?;
        builder.close();
    }
    let one = builder.finish("a.yaml", &[])?;
    let mut whole = tape([one.as_ref()]);
    // The second list of three says that the third begins in it: whoever walks would come by a node twice.
    let size = 16 + 32 + 3 * 16 + 4;
    assert_eq!(whole[size..size + 4], [2, 0, 0, 0]);
    assert!(chunks(&whole).is_ok());
    whole[size] = 3;
    let refused = chunks(&whole).expect_err("nodes do not overlap");
    assert_eq!(refused.to_string(), "the tape is malformed: a node reaches beyond what it stands in");
    Ok(())
}
