//! The Markdown of rules' pages as HTML: paragraphs, headings, lists, tables and code. Anything else stays the text that it is.

use super::inline;
use crate::report::view::escaped;

/// A page.
pub(super) fn html(docs: &str) -> String {
    let mut out = String::new();
    let mut lines = docs.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(words) = line.strip_prefix("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            out.push_str(&example(words, &code));
        } else if line.starts_with("    ") {
            let mut code = vec![line];
            while let Some(line) = lines.next_if(|line| line.starts_with("    ") || line.trim().is_empty()) {
                code.push(line);
            }
            while code.pop_if(|line| line.trim().is_empty()).is_some() {}
            let code: Vec<&str> = code.iter().map(|line| line.get(4..).unwrap_or_default()).collect();
            out.push_str(&example("", &code));
        } else if line.starts_with('|') {
            let mut rows = vec![line];
            while let Some(line) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(line);
            }
            out.push_str(&table(&rows));
        } else if line.starts_with('#') {
            out.push_str(&format!("<h4>{}</h4>\n", inline(line.trim_start_matches('#').trim())));
        } else if let Some(item) = item(line) {
            let mut items = vec![item.to_owned()];
            while let Some(line) = lines.next_if(|line| !ends_paragraph(line)) {
                match (self::item(line), items.last_mut()) {
                    (None, Some(last)) => *last = format!("{last} {}", line.trim()),
                    (item, _) => items.extend(item.map(str::to_owned)),
                }
            }
            let items: String = items.iter().map(|item| format!("<li>{}</li>\n", rich(item))).collect();
            out.push_str(&format!("<ul>\n{items}</ul>\n"));
        } else if !line.trim().is_empty() {
            let mut text = line.trim().to_owned();
            while let Some(line) = lines.next_if(|line| !ends_paragraph(line) && item(line).is_none()) {
                text = format!("{text} {}", line.trim());
            }
            out.push_str(&format!("<p>{}</p>\n", rich(&text)));
        }
    }
    out
}

fn ends_paragraph(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with("```") || line.starts_with(['#', '|'])
}

fn item(line: &str) -> Option<&str> {
    line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))
}

/// Code with what the words behind its fence say of it: `yaml fails values.yaml`.
fn example(words: &str, code: &[&str]) -> String {
    let mut words = words.split_whitespace().skip(1);
    let verdict = words.next().filter(|word| matches!(*word, "fails" | "passes"));
    let scene: Vec<&str> = words.collect();
    let heading = verdict.map(|verdict| {
        let scene =
            if scene.is_empty() { String::new() } else { format!(" ({})", escaped(&scene.join(", "))) };
        let (first, rest) = verdict.split_at(1);
        format!("<p class=\"{verdict}\">{}{rest}{scene}:</p>\n", first.to_uppercase())
    });
    let lines: String = code.iter().map(|line| escaped(line) + "\n").collect();
    format!("{}<pre>{lines}</pre>\n", heading.unwrap_or_default())
}

fn table(rows: &[&str]) -> String {
    let cells = |row: &str, tag: &str| {
        let cells = row.trim().trim_matches('|').split('|');
        let cells: String = cells.map(|cell| format!("<{tag}>{}</{tag}>", rich(cell.trim()))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let is_rule = |row: &&&str| row.chars().all(|letter| matches!(letter, '|' | '-' | ':' | ' '));
    let rows = rows.iter().filter(|row| !is_rule(row)).enumerate();
    let rows: String = rows.map(|(row, text)| cells(text, if row == 0 { "th" } else { "td" })).collect();
    format!("<table>\n{rows}</table>\n")
}

/// Text with code, and bold where it stands between two pairs of stars.
fn rich(text: &str) -> String {
    let html = inline(text);
    let parts: Vec<&str> = html.split("**").collect();
    if parts.len().is_multiple_of(2) || html.contains("<code>") && parts.iter().any(|part| is_torn(part)) {
        return html;
    }
    let part =
        |(position, part)| if position % 2 == 1 { format!("<b>{part}</b>") } else { String::from(part) };
    parts.into_iter().enumerate().map(part).collect()
}

/// Whether stars stand inside of code.
fn is_torn(part: &str) -> bool {
    part.matches("<code>").count() != part.matches("</code>").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_html() {
        let docs = "What **goes** `wrong`,\nand why.\n\n- one\n  more\n- two\n\n| a | b |\n| --- | --- |\n| `1` | <2> |\n\n    a: 1\n\n## Then\n```yaml fails here\na: <b>\n```\n";
        let html_of = "<p>What <b>goes</b> <code>wrong</code>, and why.</p>\n<ul>\n<li>one more</li>\n<li>two</li>\n</ul>\n<table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td><code>1</code></td><td>&lt;2&gt;</td></tr>\n</table>\n<pre>a: 1\n</pre>\n<h4>Then</h4>\n<p class=\"fails\">Fails (here):</p>\n<pre>a: &lt;b&gt;\n</pre>\n";
        assert_eq!(html(docs), html_of);
    }

    #[test]
    fn what_is_no_page_stays_text() {
        assert_eq!(
            html("<script>`a **b` c** [x](javascript:y)"),
            "<p>&lt;script&gt;<code>a **b</code> c** [x](javascript:y)</p>\n"
        );
        assert_eq!(html("```\nnever closed"), "<pre>never closed\n</pre>\n");
    }
}
