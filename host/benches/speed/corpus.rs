//! Real manifests: those that a reader finds in some folders, and copies of them.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::read::{self, discover, yaml};

/// Manifests that are read without a fault.
pub struct Corpus {
    pub files: Vec<PathBuf>,
    pub bytes: u64,
    pub objects: usize,
    /// Bytes that the fast reader hands to the full parser.
    pub in_full: u64,
    /// Manifests that the other parser refuses: nothing can be compared there.
    pub left_out: usize,
}

impl Corpus {
    /// The manifests below some folders.
    pub fn find(folders: &[PathBuf]) -> Result<Self, String> {
        let mut corpus = Self { files: Vec::new(), bytes: 0, objects: 0, in_full: 0, left_out: 0 };
        for file in discover(folders)?.files {
            if file.absolute.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                corpus.consider(&file.absolute)?;
            }
        }
        Ok(corpus)
    }

    fn consider(&mut self, file: &Path) -> Result<(), String> {
        let text = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let read = read::one("manifest.yaml", text.clone());
        if read.objects.is_empty() || !read.faults.is_empty() {
            return Ok(());
        }
        if !std::str::from_utf8(&text).is_ok_and(|text| crate::work::events(text).is_ok()) {
            self.left_out += 1;
            return Ok(());
        }
        self.in_full += yaml::bytes_in_full(&text) as u64;
        self.bytes += text.len() as u64;
        self.objects += read.objects.len();
        self.files.push(file.to_owned());
        Ok(())
    }

    /// Copies the manifests until there are so many objects, each copy into a numbered folder.
    pub fn multiply(&self, into: &Path, objects: usize) -> Result<usize, String> {
        let copies = objects.div_ceil(self.objects);
        for copy in 0..copies {
            let folder = into.join(format!("{copy:04}"));
            fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            for (number, file) in self.files.iter().enumerate() {
                let to = folder.join(format!("{number:05}.yaml"));
                fs::copy(file, &to).map_err(|error| format!("{}: {error}", to.display()))?;
            }
        }
        Ok(copies * self.objects)
    }
}

/// Writes the examples on the pages of the rules to a folder, a file each.
pub fn examples(pages: &Path, into: &Path) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", pages.display());
    fs::create_dir_all(into).map_err(wrong)?;
    let mut number = 0;
    for pack in fs::read_dir(pages).map_err(wrong)?.flatten() {
        for page in fs::read_dir(pack.path()).map_err(wrong)?.flatten() {
            // Above every block the page says whether it fails or passes.
            let text = fs::read_to_string(page.path()).map_err(wrong)?;
            let blocks = text.split("\n```yaml\n").skip(1);
            for block in blocks.filter_map(|block| block.split("\n```").next()) {
                fs::write(into.join(format!("{number:04}.yaml")), block).map_err(wrong)?;
                number += 1;
            }
        }
    }
    Ok(())
}
