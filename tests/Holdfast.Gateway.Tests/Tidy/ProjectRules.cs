using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>Which project may know which, and how packages are pinned.</summary>
internal static partial class ProjectRules
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Holdfast"] = [],
        ["Holdfast.Extensions.AI"] = ["Holdfast"],
        ["Holdfast.Extensions.Polly"] = ["Holdfast"],
        ["Holdfast.Gateway"] = ["Holdfast"],
        ["Holdfast.Simulator"] = [],
        ["Holdfast.Cli"] = ["Holdfast.Gateway", "Holdfast.Simulator"],
    };

    /// <summary>What a project's sources may not name; the compiler alone would let it through.</summary>
    private static readonly Dictionary<string, string[]> Strangers = new()
    {
        ["Holdfast"] = ["System.Text.Json", "Microsoft.AspNetCore", "Holdfast.Gateway"],
        ["Holdfast.Simulator"] = ["Holdfast.Gateway"],
    };

    public static IEnumerable<Finding> CheckArrows(IEnumerable<SourceFile> files) =>
        from file in Projects(files)
        where file.Under("src")
        from finding in Arrows.TryGetValue(file.Stem, out var allowed)
            ? References(file, allowed)
            : [file.At(1, $"project {file.Stem}", "one of " + string.Join(", ", Arrows.Keys))]
        select finding;

    /// <summary>The library brings nothing along but abstractions.</summary>
    public static IEnumerable<Finding> CheckLibrary(IEnumerable<SourceFile> files) =>
        from file in Projects(files)
        where file.Path == "src/Holdfast/Holdfast.csproj"
        from item in XDocument.Parse(file.Text, LoadOptions.SetLineInfo).Descendants()
        let name = Attribute(item, "Include")
        where item.Name.LocalName == "FrameworkReference"
            || (item.Name.LocalName == "PackageReference" && !IsPrivate(item) && !Abstractions().IsMatch(name))
        select file.At(
            LineOf(item), $"{item.Name.LocalName} {name}", "Microsoft.Extensions.*.Abstractions or .Options");

    public static IEnumerable<Finding> CheckStrangers(IEnumerable<SourceFile> files) =>
        from file in files
        where file.IsCSharp && file.Under("src")
        where Strangers.ContainsKey(file.Path.Split('/')[1])
        from name in file.Syntax.DescendantNodes()
        where name is QualifiedNameSyntax { Parent: not QualifiedNameSyntax and not BaseNamespaceDeclarationSyntax }
            or MemberAccessExpressionSyntax { Parent: not MemberAccessExpressionSyntax }
        let project = file.Path.Split('/')[1]
        from stranger in Strangers[project]
        where (name.ToString() + ".").Replace("global::", "").StartsWith(stranger + ".", StringComparison.Ordinal)
        select file.At(name, $"{project} uses {stranger}", "what the project knows");

    /// <summary>Applications and tests take exact versions.</summary>
    public static IEnumerable<Finding> CheckPins(IEnumerable<SourceFile> files) =>
        from file in files
        where file.Has("csproj", "props", "targets")
        from item in XDocument.Parse(file.Text, LoadOptions.SetLineInfo).Descendants()
        let name = Attribute(item, "Include")
        let version = Attribute(item, "Version")
        let what = item.Name.LocalName switch
        {
            "PackageVersion" when !Exact().IsMatch(version) => $"{name} {version}",
            "PackageReference" when version != "" => $"{name} {version} outside Directory.Packages.props",
            _ => null,
        }
        where what is not null
        select file.At(LineOf(item), what, "an exact version [x.y.z] in Directory.Packages.props");

    /// <summary>A package of ours asks for minimum versions: an exact one would bind who uses it.</summary>
    public static IEnumerable<Finding> CheckMinimumVersions(IEnumerable<SourceFile> files) =>
        from file in Projects(files)
        let project = XDocument.Parse(file.Text, LoadOptions.SetLineInfo)
        where project.Descendants("IsPackable").Any(value => value.Value.Trim() == "true")
        from item in project.Descendants("PackageReference")
        where !IsPrivate(item) && !Minimum().IsMatch(Attribute(item, "VersionOverride"))
        select file.At(LineOf(item), $"{Attribute(item, "Include")} {Attribute(item, "VersionOverride")}".Trim(),
            "VersionOverride=\"x.y.z\", a minimum");

    private static IEnumerable<SourceFile> Projects(IEnumerable<SourceFile> files) =>
        files.Where(file => file.Has("csproj"));

    private static IEnumerable<Finding> References(SourceFile file, string[] allowed) =>
        from item in XDocument.Parse(file.Text, LoadOptions.SetLineInfo).Descendants("ProjectReference")
        let name = Path.GetFileNameWithoutExtension(Attribute(item, "Include").Replace('\\', '/'))
        where !allowed.Contains(name)
        select file.At(LineOf(item), $"{file.Stem} → {name}",
            allowed.Length == 0 ? "no other project" : string.Join(", ", allowed));

    private static bool IsPrivate(XElement item) =>
        Attribute(item, "PrivateAssets") == "all" || item.Element("PrivateAssets")?.Value == "all";

    private static string Attribute(XElement item, string name) => item.Attribute(name)?.Value ?? "";

    private static int LineOf(XElement item) => ((System.Xml.IXmlLineInfo)item).LineNumber;

    // Options has no package of abstractions: it is one, in all but its name.
    [GeneratedRegex(@"^Microsoft\.Extensions\.(([A-Za-z]+\.)*Abstractions|Options)$")]
    private static partial Regex Abstractions();

    [GeneratedRegex(@"^\[\d+(\.\d+){1,3}(-[0-9A-Za-z.-]+)?\]$")]
    private static partial Regex Exact();

    [GeneratedRegex(@"^\d+(\.\d+){1,3}(-[0-9A-Za-z.-]+)?$")]
    private static partial Regex Minimum();
}
