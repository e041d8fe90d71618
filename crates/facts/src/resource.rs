//! What manifests say about code: entry files, exports, commands.

/// A manifest's statements that matter to linking and entry points.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub enum Resource {
    /// A `package.json`.
    Npm(NpmManifest),
    /// A `pyproject.toml`, `setup.cfg` or `*.dist-info`.
    Python(PythonManifest),
    /// A `go.mod`.
    Go(GoManifest),
    /// A file of `META-INF` that names classes: services, factories, the main class.
    Jvm(JvmResource),
}

/// Classes that a file names to the Java virtual machine or to a framework.
#[derive(Debug, Clone, Default, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct JvmResource {
    /// Class names in `target`, under the key (`Main-Class`, a factory's interface) or the class's own name.
    pub lines: Vec<EntryPointDeclaration>,
}

/// The parts of a `package.json` that the linker and entry points need.
#[derive(Debug, Clone, Default, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct NpmManifest {
    /// Package name.
    pub name: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// True for `"type": "module"`.
    pub is_module: bool,
    /// `main`.
    pub main: Option<String>,
    /// `module`.
    pub module: Option<String>,
    /// `browser` when it is a string.
    pub browser: Option<String>,
    /// `types` or `typings`.
    pub types: Option<String>,
    /// `exports` as JSON text, key order kept.
    pub exports: Option<String>,
    /// `imports` as JSON text, key order kept.
    pub imports: Option<String>,
    /// `bin`: command and file; a string `bin` has the package's name.
    pub bin: Vec<EntryPointDeclaration>,
    /// `scripts`: name and command line.
    pub scripts: Vec<EntryPointDeclaration>,
    /// `workspaces` patterns.
    pub workspaces: Vec<String>,
    /// True for `"private": true`.
    pub private: bool,
}

/// The parts of Python packaging metadata that the linker and entry points need.
#[derive(Debug, Clone, Default, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct PythonManifest {
    /// Distribution name.
    pub name: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Console and GUI scripts: command and `module:function`.
    pub scripts: Vec<EntryPointDeclaration>,
    /// Other entry-point groups: `group/name` and `module:attr`.
    pub entry_points: Vec<EntryPointDeclaration>,
    /// Folders, relative to the manifest, that are import roots (`src`), when stated.
    pub package_roots: Vec<String>,
}

/// The parts of a `go.mod` that the linker needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct GoManifest {
    /// Module path: what the import paths of its packages start with.
    pub module: String,
}

/// A named command or target, and its place in the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct EntryPointDeclaration {
    /// Name.
    pub name: String,
    /// File, command line or `module:attr`.
    pub target: String,
    /// 1-based line in the manifest.
    pub line: u32,
}
