using System.Text.RegularExpressions;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Tests.Tidy;

namespace Holdfast.Gateway.Tests.Documentation;

/// <summary>
/// Every YAML block of the documentation that begins with a key of ours is a whole configuration, and a right one
/// that counts on nothing which isn't built.
/// </summary>
public sealed partial class ConfigurationExamplesTests
{
    private const int FewestExamples = 5;

    private static readonly string[] OurKeys =
    [
        "server", "storage", "redis", "defaults", "limits", "providers", "models", "cache", "batches", "alerts",
        "costs", "asyncQueue", "logging",
    ];

    public static TheoryData<string> Places => [.. Examples().Select(example => example.Place)];

    [Fact]
    public void The_examples_are_found()
    {
        var pages = Examples().Select(example => example.Place.Split(':')[0]).ToHashSet();

        Assert.Contains("README.md", pages);
        Assert.Contains("docs/configuration.md", pages);
        Assert.True(Examples().Count() >= FewestExamples);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void An_example_loads_without_errors(string place)
    {
        var (_, yaml) = Examples().Single(example => example.Place == place);

        var result = ConfigurationFile.Parse(yaml, place, name =>
            name.EndsWith("_FILE", StringComparison.Ordinal) ? null : $"value-of-{name}");

        Assert.Empty(result.Errors);
        Assert.DoesNotContain(result.Warnings, warning => warning.Message.Contains("is accepted"));
    }

    private static IEnumerable<(string Place, string Yaml)> Examples() =>
        from page in Repository.Files
        where page.Path == "README.md" || (page.Has("md") && page.Under("docs"))
        from block in Block().Matches(page.Text)
        let yaml = block.Groups["yaml"].Value
        let key = FirstKey().Match(yaml).Groups["key"].Value
        where OurKeys.Contains(key)
        select ($"{page.Path}:{1 + page.Text[..block.Index].Count(letter => letter == '\n')}", yaml);

    [GeneratedRegex(@"^```yaml\n(?<yaml>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\A(?:\s*#[^\n]*\n|\s*\n)*(?<key>[A-Za-z]+):")]
    private static partial Regex FirstKey();
}
