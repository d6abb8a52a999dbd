namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>Holds the repository to its own rules. Each finding says where, what, and what is allowed.</summary>
public sealed class TidyTests
{
    /// <summary>What may be larger than the rule says. An entry that is no longer needed fails the test.</summary>
    private static readonly SizeRules.Exemption[] Exemptions = [];

    [Fact]
    public void Folders_of_the_gateway_use_only_lower_levels() => Empty(LevelRules.Check(Repository.Files));

    [Fact]
    public void Namespaces_are_their_folders() => Empty(LevelRules.CheckNamespaces(Repository.Files));

    [Fact]
    public void Projects_know_only_the_projects_below_them() => Empty(ProjectRules.CheckArrows(Repository.Files));

    [Fact]
    public void The_library_brings_only_abstractions_along() => Empty(ProjectRules.CheckLibrary(Repository.Files));

    [Fact]
    public void The_library_and_the_simulator_name_nothing_of_the_product() =>
        Empty(ProjectRules.CheckStrangers(Repository.Files));

    [Fact]
    public void Files_and_methods_are_short() => Empty(SizeRules.Check(Repository.Files, Exemptions));

    [Fact]
    public void Lines_are_short() => Empty(SizeRules.CheckLineLengths(Repository.Files));

    [Fact]
    public void Names_say_what_a_thing_is() => Empty(NameRules.CheckWords(Repository.Files));

    [Fact]
    public void Files_are_called_like_their_types() => Empty(NameRules.CheckFileNames(Repository.Files));

    [Fact]
    public void Asynchronous_methods_end_in_Async() => Empty(NameRules.CheckAsync(Repository.Files));

    [Fact]
    public void Internal_classes_are_sealed() => Empty(NameRules.CheckSealed(Repository.Files));

    [Fact]
    public void Nothing_is_left_unfinished_blocked_or_swallowed() => Empty(LeftoverRules.Check(Repository.Files));

    [Fact]
    public void Silenced_warnings_say_why() => Empty(SuppressionRules.Check(Repository.Files));

    [Fact]
    public void Code_in_the_documentation_is_tested_code() => Empty(DocumentRules.CheckSnippets(Repository.Files));

    [Fact]
    public void Links_in_the_documentation_lead_somewhere() =>
        Empty(DocumentRules.CheckLinks(Repository.Files, Repository.Paths));

    [Fact]
    public void Packages_are_pinned_exactly() => Empty(ProjectRules.CheckPins(Repository.Files));

    [Fact]
    public void Our_packages_ask_for_minimum_versions() => Empty(ProjectRules.CheckMinimumVersions(Repository.Files));

    [Fact]
    public void No_machine_is_named() => Empty(PlaceRules.Check(Repository.Files));

    [Fact]
    public void The_repository_is_found()
    {
        Assert.Contains("src/Holdfast.Gateway/Holdfast.Gateway.csproj", Repository.Paths);
        Assert.DoesNotContain(Repository.Paths, path => path.Contains("/obj/") || path.StartsWith(".git/"));
    }

    private static void Empty(IEnumerable<Finding> findings)
    {
        var found = findings.Select(finding => finding.ToString()).ToList();
        if (found.Count > 0)
            Assert.Fail($"{found.Count} findings:\n" + string.Join('\n', found));
    }
}
