namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>The rules find what they are for, and leave alone what is fine.</summary>
public sealed class TidyRulesTests
{
    private static readonly string FortyLines = string.Concat(Enumerable.Repeat("        i++;\n", 40));

    [Theory]
    [InlineData("using Holdfast.Gateway.Routing;")]
    [InlineData("using static Holdfast.Gateway.Routing.Route;")]
    [InlineData("using R = Holdfast.Gateway.Routing.Route;")]
    [InlineData("internal sealed class C { Holdfast.Gateway.Routing.Route? route; }")]
    [InlineData("internal sealed class C { object o = global::Holdfast.Gateway.Routing.Route.All(); }")]
    [InlineData("internal sealed class C { object o = Gateway.Routing.Route.All(); }")]
    [InlineData("internal sealed class C { Routing.Route? route; }")]
    [InlineData("internal sealed class C { object o = Routing.Route.All(); }")]
    public void A_use_of_a_higher_level_is_found(string text)
    {
        var found = LevelRules.Check([Routing(), new("src/Holdfast.Gateway/Calls/C.cs", text)]);

        Assert.Equal("src/Holdfast.Gateway/Calls/C.cs:1: Calls (level 0) uses Routing (level 3): level 0 and below",
            Assert.Single(found).ToString());
    }

    [Theory]
    [InlineData("src/Holdfast.Gateway/Configuration/C.cs", "using Holdfast.Gateway.Routing;")]
    [InlineData("src/Holdfast.Gateway/GatewayServices.cs", "using Holdfast.Gateway.Configuration;")]
    [InlineData("src/Holdfast.Gateway/Calls/C.cs", "class C { int i = Routing.Count; }")]
    [InlineData("src/Holdfast.Gateway/Calls/C.cs", "class C { string s = \"Holdfast.Gateway.Routing.Route\"; }")]
    [InlineData("src/Holdfast.Gateway/Routing/Deep/C.cs", "using Holdfast.Gateway.Routing;")]
    [InlineData("src/Holdfast.Cli/C.cs", "using Holdfast.Gateway.Configuration;")]
    public void A_use_of_a_lower_level_is_fine(string path, string text) =>
        Assert.Empty(LevelRules.Check([Routing(), new(path, text)]));

    [Fact]
    public void A_circle_on_one_level_is_found_once()
    {
        var found = LevelRules.Check(
        [
            new("src/Holdfast.Gateway/Costs/A.cs", "using Holdfast.Gateway.Tenants;"),
            new("src/Holdfast.Gateway/Tenants/B.cs", "using Holdfast.Gateway.Alerts;"),
            new("src/Holdfast.Gateway/Alerts/C.cs", "using Holdfast.Gateway.Costs;"),
        ]);

        Assert.Equal("a circle: Costs → Tenants → Alerts → Costs", Assert.Single(found).What);
    }

    [Fact]
    public void One_direction_on_one_level_is_fine() => Assert.Empty(LevelRules.Check(
    [
        new("src/Holdfast.Gateway/Costs/A.cs", "using Holdfast.Gateway.Tenants;"),
        new("src/Holdfast.Gateway/Alerts/C.cs", "using Holdfast.Gateway.Costs;\nusing Holdfast.Gateway.Tenants;"),
    ]));

    [Theory]
    [InlineData("src/Holdfast.Gateway/Extras/C.cs", "")]
    [InlineData("src/Holdfast.Gateway/Usings.cs", "global using Holdfast.Gateway.Calls;")]
    public void A_folder_without_a_level_and_a_global_using_are_found(string path, string text) =>
        Assert.Single(LevelRules.Check([new(path, text)]));

    [Fact]
    public void A_namespace_beside_its_folder_is_found()
    {
        Assert.Single(LevelRules.CheckNamespaces([new("src/Holdfast/Retrying/R.cs", "namespace Holdfast;")]));
        Assert.Empty(LevelRules.CheckNamespaces([new("src/Holdfast/Retrying/R.cs", "namespace Holdfast.Retrying;")]));
    }

    [Theory]
    [InlineData(60, 0)]
    [InlineData(61, 1)]
    public void A_method_of_61_lines_is_found(int lines, int expected)
    {
        var body = string.Concat(Enumerable.Repeat("        i++;\n", lines - 3));
        var text = $"class C\n{{\n    /// Documentation\n    [Obsolete]\n    void M()\n    {{\n{body}    }}\n}}";

        var found = SizeRules.Check([new("src/Holdfast/C.cs", text)], []).ToList();

        Assert.Equal(expected, found.Count);
        Assert.All(found, finding =>
            Assert.Equal("src/Holdfast/C.cs:5: method M has 61 lines: 60 lines", finding.ToString()));
    }

    [Fact]
    public void Braces_in_strings_and_newer_syntax_do_not_mislead_the_measure()
    {
        var text = """"
            class C(int i)
            {
                public int Field { get => field; set => field = value; }
                void A()
                {
                    var s = $$"""{ {{i}} """ + $"{i:}}" + @"{{" + '{';
                    // {
                    //FORTY
                }
                void B() {
                    //FORTY
                }
            }
            static class E { extension(string s) { bool Is => s is ['a', ..]; } }
            """".Replace("//FORTY", FortyLines);

        Assert.Empty(SizeRules.Check([new("src/Holdfast/C.cs", text)], []));
    }

    [Fact]
    public void Text_from_the_wire_does_not_count_in_tests()
    {
        var wire = string.Concat(Enumerable.Repeat("data: " + new string('x', 200) + "\n", 80));
        var text = $"class C\n{{\n    void M()\n    {{\n        var s = \"\"\"\n{wire}\"\"\";\n    }}\n}}";

        Assert.Empty(SizeRules.Check([new("tests/T/C.cs", text)], []));
        Assert.Empty(SizeRules.CheckLineLengths([new("tests/T/C.cs", text)]));
        Assert.Single(SizeRules.Check([new("src/Holdfast/C.cs", text)], []));
        Assert.Equal(80, SizeRules.CheckLineLengths([new("src/Holdfast/C.cs", text)]).Count());
    }

    [Theory]
    [InlineData("src/Holdfast/C.cs", 400, 0)]
    [InlineData("src/Holdfast/C.cs", 401, 1)]
    [InlineData("tests/T/C.cs", 700, 0)]
    [InlineData("tests/T/C.cs", 701, 1)]
    public void A_long_file_is_found(string path, int lines, int expected) => Assert.Equal(expected,
        SizeRules.Check([new(path, string.Concat(Enumerable.Repeat("// line\n", lines)))], []).Count());

    [Fact]
    public void A_long_line_is_found()
    {
        Assert.Single(SizeRules.CheckLineLengths([new("src/Holdfast/C.cs", "//" + new string('x', 119))]));
        Assert.Empty(SizeRules.CheckLineLengths([new("src/Holdfast/C.cs", "//" + new string('x', 118))]));
    }

    [Theory]
    [InlineData(401, 410, 0)]
    [InlineData(411, 410, 1)]
    [InlineData(400, 410, 1)]
    public void An_exemption_is_kept_to_and_fails_when_it_is_no_longer_needed(int lines, int limit, int expected)
    {
        var file = new SourceFile("src/Holdfast/C.cs", string.Concat(Enumerable.Repeat("// line\n", lines)));

        Assert.Equal(expected, SizeRules.Check([file], [new("src/Holdfast/C.cs", limit, "a table")]).Count());
    }

    [Theory]
    [InlineData("src/Holdfast/RetryManager.cs", "")]
    [InlineData("src/Holdfast/Helpers/R.cs", "")]
    [InlineData("src/Holdfast.Core/R.cs", "")]
    [InlineData("dashboard/src/utils.ts", "")]
    [InlineData("src/Holdfast/R.cs", "class RetryBase;")]
    [InlineData("src/Holdfast/R.cs", "enum CallService { None }")]
    public void A_word_that_says_nothing_is_found(string path, string text) =>
        Assert.Single(NameRules.CheckWords([new(path, text)]));

    [Theory]
    [InlineData("src/Holdfast.Gateway/GatewayServices.cs", "static class GatewayServices;")]
    [InlineData("src/Holdfast.Gateway/SharedState/Database.cs", "class Database : ControllerBase;")]
    public void A_word_that_says_something_is_fine(string path, string text) =>
        Assert.Empty(NameRules.CheckWords([new(path, text)]));

    [Fact]
    public void A_file_that_is_called_like_none_of_its_types_is_found()
    {
        Assert.Single(NameRules.CheckFileNames([new("src/Holdfast/A.cs", "class B { class A; }")]));
        Assert.Empty(NameRules.CheckFileNames([new("src/Holdfast/A.cs", "class B; record struct A<T>;")]));
        Assert.Empty(NameRules.CheckFileNames([new("src/Holdfast/A.Part.cs", "partial class A;")]));
    }

    [Theory]
    [InlineData("Task Send() => x;")]
    [InlineData("public async ValueTask<int> Send() => 1;")]
    [InlineData("IAsyncEnumerable<int> Read() => x;")]
    [InlineData("void M() { async System.Threading.Tasks.Task Inner() { } }")]
    public void An_asynchronous_method_without_Async_is_found(string member) =>
        Assert.Single(NameRules.CheckAsync([new("src/Holdfast/A.cs", $"class A {{ {member} }}")]));

    [Theory]
    [InlineData("Task SendAsync() => x;")]
    [InlineData("[Fact] public async Task Sends_it() { }")]
    [InlineData("protected override Task Invoke() => x;")]
    [InlineData("Task IOther.Run() => x;")]
    [InlineData("static Task<int> Main() => x;")]
    [InlineData("Func<Task> send = async () => { };")]
    public void An_asynchronous_method_named_by_others_is_fine(string member) =>
        Assert.Empty(NameRules.CheckAsync([new("src/Holdfast/A.cs", $"class A {{ {member} }}")]));

    [Theory]
    [InlineData("internal class A;", 1)]
    [InlineData("record A;", 1)]
    [InlineData("internal sealed class A;", 0)]
    [InlineData("internal abstract record A;", 0)]
    [InlineData("internal class A; internal sealed class B : A;", 0)]
    [InlineData("partial class A; sealed partial class A;", 0)]
    [InlineData("public class A;", 0)]
    [InlineData("internal readonly record struct A;", 0)]
    public void An_open_internal_class_is_found(string text, int expected) =>
        Assert.Equal(expected, NameRules.CheckSealed([new("src/Holdfast/A.cs", text)]).Count());

    private static SourceFile Routing() => new("src/Holdfast.Gateway/Routing/Route.cs", "public class Route;");
}
