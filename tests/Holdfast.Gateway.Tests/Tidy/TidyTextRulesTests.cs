namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>The rules for leftovers, suppressions, documents, projects and places find what they are for.</summary>
public sealed class TidyTextRulesTests
{
    [Theory]
    [InlineData("// TODO: later")]
    [InlineData("/* FIXME */")]
    [InlineData("/// <summary>A HACK</summary>\nclass C;")]
    [InlineData("class C { void M() => throw new NotImplementedException(); }")]
    [InlineData("class C { void M() => Thread.Sleep(1); }")]
    [InlineData("class C { async void M() { } }")]
    [InlineData("class C { void M() { try { } catch { } } }")]
    [InlineData("class C { void M() { try { } catch (Exception) { /* why */ } } }")]
    [InlineData("class C { void M() { try { } catch (IOException) { } } }")]
    [InlineData("class C { int M() => ReadAsync(1).Result; }")]
    [InlineData("class C { int M(Task<int> readTask) => readTask.Result; }")]
    [InlineData("class C { void M(Task t) => t.Wait(); }")]
    [InlineData("class C { int M() => ReadAsync().GetAwaiter()\n.GetResult(); }")]
    public void A_leftover_is_found(string text) =>
        Assert.Single(LeftoverRules.Check([new("src/Holdfast/C.cs", text)]));

    [Theory]
    [InlineData("class C { string s = \"// TODO\"; }")]
    [InlineData("class C { int M(Attempt attempt) => attempt.Result; }")]
    [InlineData("class C { int M(ValueTask<int> t) => t.IsCompletedSuccessfully ? t.GetAwaiter().GetResult() : 0; }")]
    [InlineData("class C { void M() { try { } catch (IOException) { /* the file is gone already */ } } }")]
    [InlineData("class C { void M() { try { } catch (Exception e) when (e is IOException) { /* gone */ } } }")]
    [InlineData("class C { void M() { try { } catch (Exception e) { Log(e); } } }")]
    public void What_only_looks_like_a_leftover_is_fine(string text) =>
        Assert.Empty(LeftoverRules.Check([new("src/Holdfast/C.cs", text)]));

    [Theory]
    [InlineData("a.csproj", "<NoWarn>$(NoWarn);CS1</NoWarn>", 1)]
    [InlineData("a.csproj", "<!-- why -->\n<NoWarn>$(NoWarn);CS1</NoWarn>", 0)]
    [InlineData("a.csproj", "<NoWarn>$(NoWarn);CS1</NoWarn> <!-- why -->", 0)]
    [InlineData("a.csproj", "<NoWarn>$(NoWarn.Replace('CS1', ''))</NoWarn>", 0)]
    [InlineData("a.csproj", "<PackageReference Include=\"A\" NoWarn=\"NU1\" />", 1)]
    [InlineData("a.cs", "#pragma warning disable CS1\n#pragma warning restore CS1", 1)]
    [InlineData("a.cs", "#pragma warning disable CS1 // why", 0)]
    [InlineData("a.cs", "// why\n#pragma warning disable CS1", 0)]
    [InlineData("a.cs", "[SuppressMessage(\"A\", \"B\")] class C;", 1)]
    [InlineData("a.cs", "[SuppressMessage(\"A\", \"B\", Justification = \"why\")] class C;", 0)]
    public void A_silenced_warning_without_a_reason_is_found(string path, string text, int expected) =>
        Assert.Equal(expected, SuppressionRules.Check([new(path, text)]).Count());

    [Theory]
    [InlineData("<!-- snippet: Retry -->\n```csharp\nvar i = 1;\n  i++;\n```", null)]
    [InlineData("<!-- snippet: deploy/a.yaml -->\n\n```yaml\na: 1\n```", null)]
    [InlineData("```bash\n./holdfast demo\n```", null)]
    [InlineData("```csharp\nvar i = 1;\n```", "C# code that no test holds")]
    [InlineData("<!-- snippet: Retry -->\n```csharp\nvar i = 1;\n  i--;\n```", "differs from snippet Retry")]
    [InlineData("<!-- snippet: Retry -->\n```csharp\nvar i = 1;\n```", "differs from snippet Retry")]
    [InlineData("<!-- snippet: Gone -->\n```csharp\n```", "snippet Gone stands in 0 places")]
    [InlineData("<!-- snippet: Twice -->\n```csharp\n1\n```", "snippet Twice stands in 2 places")]
    public void Code_in_a_document_that_is_not_the_tests_is_found(string document, string? expected)
    {
        const string Source = """
            class C
            {
                #region Retry

                var i = 1;
                  i++;
                #endregion
                #region Twice
                1
                #endregion
                #region Twice
                1
                #endregion
            }
            """;

        var found = DocumentRules.CheckSnippets(
            [new("docs/a.md", document), new("tests/T/C.cs", Source), new("deploy/a.yaml", "a: 1\n")]);

        Assert.Equal(expected, found.SingleOrDefault()?.What);
    }

    [Theory]
    [InlineData("[a](b.md) ![x](../img/x.png \"title\") [top](#top) [web](https://example.org/x.md)", 0)]
    [InlineData("[folder](features/) [root](/README.md) [part](features/retrying.md#use-it)", 0)]
    [InlineData("`[a](gone.md)`\n```\n[a](gone.md)\n```", 0)]
    [InlineData("[a](gone.md)", 1)]
    [InlineData("[a]: ../gone.md", 1)]
    [InlineData("[a](../../outside.md)", 1)]
    public void A_link_that_leads_nowhere_is_found(string text, int expected) => Assert.Equal(expected, DocumentRules
        .CheckLinks([new("docs/a.md", text)],
            ["docs/a.md", "docs/b.md", "img/x.png", "README.md", "docs/features/retrying.md"]).Count());

    [Theory]
    [InlineData("src/Holdfast.Cli/Holdfast.Cli.csproj", "Holdfast.Gateway", 0)]
    [InlineData("src/Holdfast.Gateway/Holdfast.Gateway.csproj", "Holdfast", 0)]
    [InlineData("tests/Holdfast.System.Tests/Holdfast.System.Tests.csproj", "Holdfast.Cli", 0)]
    [InlineData("src/Holdfast/Holdfast.csproj", "Holdfast.Gateway", 1)]
    [InlineData("src/Holdfast.Simulator/Holdfast.Simulator.csproj", "Holdfast.Gateway", 1)]
    [InlineData("src/Holdfast.Gateway/Holdfast.Gateway.csproj", "Holdfast.Simulator", 1)]
    [InlineData("src/Holdfast.Storage/Holdfast.Storage.csproj", "Holdfast", 1)]
    public void An_arrow_that_points_up_is_found(string path, string target, int expected) =>
        Assert.Equal(expected, ProjectRules.CheckArrows([new(path,
            $"<Project><ItemGroup><ProjectReference Include=\"../{target}/{target}.csproj\" /></ItemGroup></Project>")])
            .Count());

    [Theory]
    [InlineData("<PackageReference Include=\"Polly.Core\" />", 1)]
    [InlineData("<FrameworkReference Include=\"Microsoft.AspNetCore.App\" />", 1)]
    [InlineData("<PackageReference Include=\"Microsoft.Extensions.Logging.Abstractions\" />", 0)]
    [InlineData("<PackageReference Include=\"MinVer\" PrivateAssets=\"all\" />", 0)]
    public void A_package_in_the_library_is_found(string item, int expected) => Assert.Equal(expected,
        ProjectRules.CheckLibrary([new("src/Holdfast/Holdfast.csproj", $"<Project>{item}</Project>")]).Count());

    [Theory]
    [InlineData("src/Holdfast/A.cs", "using System.Text.Json;", 1)]
    [InlineData("src/Holdfast/A.cs", "class A { object o = Microsoft.AspNetCore.Http.Results.Ok(); }", 1)]
    [InlineData("src/Holdfast.Simulator/A.cs", "using Holdfast.Gateway.Calls;", 1)]
    [InlineData("src/Holdfast.Gateway/A.cs", "using System.Text.Json;", 0)]
    [InlineData("src/Holdfast/A.cs", "using System.Text;", 0)]
    public void A_stranger_in_the_library_or_the_simulator_is_found(string path, string text, int expected) =>
        Assert.Equal(expected, ProjectRules.CheckStrangers([new(path, text)]).Count());

    [Theory]
    [InlineData("<PackageVersion Include=\"A\" Version=\"[1.2.3]\" />", 0)]
    [InlineData("<PackageVersion Include=\"A\" Version=\"1.2.3\" />", 1)]
    [InlineData("<PackageVersion Include=\"A\" Version=\"[1.*]\" />", 1)]
    [InlineData("<PackageReference Include=\"A\" Version=\"[1.2.3]\" />", 1)]
    public void A_loose_pin_is_found(string item, int expected) => Assert.Equal(expected,
        ProjectRules.CheckPins([new("Directory.Packages.props", $"<Project>{item}</Project>")]).Count());

    [Theory]
    [InlineData("true", "<PackageReference Include=\"A\" VersionOverride=\"1.2.3\" />", 0)]
    [InlineData("true", "<PackageReference Include=\"A\" />", 1)]
    [InlineData("true", "<PackageReference Include=\"A\" VersionOverride=\"[1.2.3]\" />", 1)]
    [InlineData("false", "<PackageReference Include=\"A\" />", 0)]
    public void A_package_of_ours_with_an_exact_version_is_found(string packable, string item, int expected) =>
        Assert.Equal(expected, ProjectRules.CheckMinimumVersions([new("src/H/H.csproj",
            $"<Project><PropertyGroup><IsPackable>{packable}</IsPackable></PropertyGroup>{item}</Project>")]).Count());

    [Theory]
    [InlineData("see /wo" + "rk/main", 1)]
    [InlineData("\"resolved\": \"https://registry.np" + "mjs.org/ajv\"", 1)]
    [InlineData("../.libr" + "ary/x", 1)]
    [InlineData("docs/wo" + "rk/x and https://example.org/wo" + "rk/y", 0)]
    [InlineData("the.libr" + "ary", 0)]
    public void A_place_on_one_machine_is_found(string text, int expected) =>
        Assert.Equal(expected, PlaceRules.Check([new("README.md", text)]).Count());
}
