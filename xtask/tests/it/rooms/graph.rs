//! Which file of a crate uses which, from its `use` lines and from paths in its code.
//!
//! Names are followed through re-exports to the file that defines them: a `mod.rs` that only passes names on is a door
//! and not a thing that others depend on. Tests are left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, UseTree, Visibility};

/// A path from the root of the crate.
type Names = Vec<String>;

/// What a name in a module is.
enum Meaning {
    Module,
    Defined,
    Import(Import),
}

/// A name that a `use` brings in.
struct Import {
    path: Names,
    /// Passed on to others: it is no use by itself.
    public: bool,
}

#[derive(Default)]
struct Module {
    /// The file, from the crate's `src`.
    file: String,
    names: BTreeMap<String, Vec<Meaning>>,
    /// Modules all names of which are brought in.
    globs: Vec<Names>,
    /// Paths of at least two names in its code.
    paths: BTreeSet<Names>,
    /// All names in its code.
    words: BTreeSet<String>,
}

/// The modules of a crate.
#[derive(Default)]
pub(super) struct Crate {
    modules: BTreeMap<Names, Module>,
}

/// An arrow: file, file that it uses, and the name that it uses.
pub(super) type Arrows = BTreeMap<String, BTreeMap<String, String>>;

impl Crate {
    /// Reads a crate from its `src` folder.
    pub(super) fn read(source: &Path) -> Self {
        let mut read = Self::default();
        let root = if source.join("lib.rs").is_file() { "lib.rs" } else { "main.rs" };
        read.file(source, Path::new(root), source, &Vec::new());
        read
    }

    fn file(&mut self, source: &Path, file: &Path, children: &Path, names: &Names) {
        let path = source.join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self.items(source, file, children, names, &parsed.items);
    }

    /// Takes in the items of a module; `children` is the folder of its modules.
    fn items(&mut self, source: &Path, file: &Path, children: &Path, names: &Names, items: &[Item]) {
        let mut module = Module { file: file.to_string_lossy().into_owned(), ..Module::default() };
        let mut code = TokenStream::new();
        for item in items.iter().filter(|item| !is_test(item)) {
            if let Item::Use(item) = item {
                let public = !matches!(item.vis, Visibility::Inherited);
                module.import(&mut Vec::new(), &item.tree, public);
                continue;
            }
            let name = match item {
                Item::Mod(item) => {
                    let name = item.ident.to_string();
                    let inner = [names.as_slice(), std::slice::from_ref(&name)].concat();
                    let folder = children.join(&name);
                    if let Some((_, items)) = &item.content {
                        self.items(source, file, &folder, &inner, items);
                    } else {
                        let beside = children.join(format!("{name}.rs"));
                        let path: PathBuf = if beside.is_file() { beside } else { folder.join("mod.rs") };
                        self.file(source, path.strip_prefix(source).unwrap(), &folder, &inner);
                    }
                    module.names.entry(name).or_default().push(Meaning::Module);
                    continue;
                }
                Item::Const(item) => Some(&item.ident),
                Item::Enum(item) => Some(&item.ident),
                Item::Fn(item) => Some(&item.sig.ident),
                Item::Macro(item) => item.ident.as_ref(),
                Item::Static(item) => Some(&item.ident),
                Item::Struct(item) => Some(&item.ident),
                Item::Trait(item) => Some(&item.ident),
                Item::Type(item) => Some(&item.ident),
                Item::Union(item) => Some(&item.ident),
                _ => None,
            };
            if let Some(name) = name {
                module.names.entry(name.to_string()).or_default().push(Meaning::Defined);
            }
            item.to_tokens(&mut code);
        }
        collect(code, &mut module);
        self.modules.insert(names.clone(), module);
    }

    /// A path as code in a module writes it, from the root of the crate; none where it leads to another crate.
    fn absolute(&self, names: &[String], path: &[String]) -> Option<Names> {
        let (first, mut rest) = path.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => names.to_vec(),
            "super" => names.split_last()?.1.to_vec(),
            // A name of this module.
            name if self.modules.get(names)?.names.contains_key(name) => return Some([names, path].concat()),
            _ => return None,
        };
        while let Some((first, more)) = rest.split_first()
            && first == "super"
        {
            base.pop();
            rest = more;
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// The file that defines what a path from the root names; none where that is in another crate.
    fn resolve(&self, path: &[String], depth: usize) -> Option<&str> {
        if depth > 16 {
            return None;
        }
        let mut at: Names = Vec::new();
        for (index, name) in path.iter().enumerate() {
            let rest = &path[index + 1..];
            let module = self.modules.get(&at)?;
            let meanings = module.names.get(name).map_or(&[][..], Vec::as_slice);
            let is_module = meanings.iter().any(|meaning| matches!(meaning, Meaning::Module));
            if is_module && (!rest.is_empty() || meanings.len() == 1) {
                at.push(name.clone());
                continue;
            }
            for meaning in meanings {
                match meaning {
                    Meaning::Module => {}
                    Meaning::Defined => return Some(&module.file),
                    Meaning::Import(import) => {
                        // `use self::name` in a module that has the name would lead here for ever.
                        let from = self.absolute(&at, &import.path)?;
                        return self.resolve(&[from.as_slice(), rest].concat(), depth + 1);
                    }
                }
            }
            for glob in &module.globs {
                let found = self.absolute(&at, glob).filter(|glob| self.has(glob, name, depth));
                if let Some(glob) = found {
                    return self.resolve(&[glob.as_slice(), &path[index..]].concat(), depth + 1);
                }
            }
            // What a macro defines has no item: it is taken for a name of the module, but not of the root.
            return (!at.is_empty()).then_some(module.file.as_str());
        }
        self.modules.get(&at).map(|module| module.file.as_str())
    }

    /// Whether a module has a name, be it through others.
    fn has(&self, names: &Names, name: &str, depth: usize) -> bool {
        self.modules.get(names).is_some_and(|module| {
            let through =
                |glob: &Names| self.absolute(names, glob).is_some_and(|glob| self.has(&glob, name, depth + 1));
            module.names.contains_key(name) || depth < 16 && module.globs.iter().any(through)
        })
    }

    /// Which file uses which.
    pub(super) fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (names, module) in &self.modules {
            let mut used = module.paths.clone();
            for (name, meanings) in &module.names {
                for meaning in meanings {
                    if let Meaning::Import(import) = meaning
                        && (!import.public || module.words.contains(name))
                    {
                        used.insert(import.path.clone());
                    }
                }
            }
            for glob in &module.globs {
                let named = module.words.iter().filter(|word| !module.names.contains_key(*word));
                let glob = self.absolute(names, glob);
                for word in named {
                    if let Some(glob) = glob.as_ref().filter(|glob| self.has(glob, word, 0)) {
                        used.insert([&["crate".to_owned()], glob.as_slice(), std::slice::from_ref(word)].concat());
                    }
                }
            }
            let from = arrows.entry(module.file.clone()).or_default();
            for path in used {
                let absolute = self.absolute(names, &path);
                if let Some(to) = absolute.and_then(|path| self.resolve(&path, 0))
                    && to != module.file
                {
                    from.entry(to.to_owned()).or_insert_with(|| path.join("::"));
                }
            }
        }
        arrows
    }
}

impl Module {
    fn import(&mut self, path: &mut Names, tree: &UseTree, public: bool) {
        let (from, name) = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.import(path, &tree.tree, public);
                path.pop();
                return;
            }
            UseTree::Group(tree) => return tree.items.iter().for_each(|tree| self.import(path, tree, public)),
            UseTree::Glob(_) => return self.globs.push(path.clone()),
            UseTree::Name(tree) => (&tree.ident, &tree.ident),
            UseTree::Rename(tree) => (&tree.ident, &tree.rename),
        };
        let mut path = path.clone();
        if from != "self" {
            path.push(from.to_string());
        }
        let name = if name == "self" { path.last().cloned().unwrap_or_default() } else { name.to_string() };
        self.names.entry(name).or_default().push(Meaning::Import(Import { path, public }));
    }
}

fn is_test(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| attribute.meta.to_token_stream().to_string().replace(' ', "") == "cfg(test)")
}

/// Takes in the names and paths of code, of macros too. What `quote!` holds is other code.
fn collect(code: TokenStream, module: &mut Module) {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    let is = |index: usize, mark: char| matches!(tokens.get(index), Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        match token {
            TokenTree::Ident(name) if name == "quote" && is(index + 1, '!') => index += 2,
            TokenTree::Ident(first) => {
                // The end of a path that began with something else (`<T as X>::name`, `$crate::name`), or a field.
                let follows = index >= 2 && is(index - 1, ':') && is(index - 2, ':')
                    || index >= 1 && (is(index - 1, '$') || is(index - 1, '.'));
                let mut path = vec![first.to_string()];
                while is(index + 1, ':')
                    && is(index + 2, ':')
                    && let Some(TokenTree::Ident(name)) = tokens.get(index + 3)
                {
                    path.push(name.to_string());
                    index += 3;
                }
                if !follows {
                    module.words.insert(first.to_string());
                    if path.len() > 1 {
                        module.paths.insert(path);
                    }
                }
            }
            TokenTree::Group(group) => collect(group.stream(), module),
            _ => {}
        }
        index += 1;
    }
}

/// Circles: each a list of files of which every one uses the next, and the last the first.
pub(super) fn circles(arrows: &Arrows) -> Vec<Vec<String>> {
    let mut in_circles = BTreeSet::new();
    let mut circles = Vec::new();
    for start in arrows.keys() {
        if !in_circles.contains(start)
            && let Some(circle) = shortest_circle(arrows, start)
        {
            in_circles.extend(circle.iter().cloned());
            circles.push(circle);
        }
    }
    circles
}

fn shortest_circle(arrows: &Arrows, start: &str) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut circle: Vec<_> =
                    std::iter::successors(Some(file), |file| came_from.get(file).copied()).map(str::to_owned).collect();
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}
