using System.Text.Json;

namespace Holdfast.System.Tests.Cli;

/// <summary><c>holdfast import</c>: what goes where, and with which exit code it ends.</summary>
public sealed class ImportTests : CliFixture
{
    private const string Source = """
        model_list:
          - model_name: smart
            litellm_params: { model: openai/gpt-4o, api_key: sk-very-secret, temperature: 0.1 }
        """;

    private string Result => Path.Combine(Root, "holdfast.yaml");

    [Fact]
    public async Task The_configuration_goes_to_standard_output_and_the_report_to_standard_error()
    {
        await WriteAsync("config.yaml", Source);

        var (code, output, errors) = await CliProcess.RunAsync(Root, "import", "config.yaml");

        Assert.Equal(0, code);
        Assert.Contains("targets: [openai/gpt-4o]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("temperature", output, StringComparison.Ordinal);
        Assert.Contains("config.yaml:3: model_list[0].litellm_params.temperature: dropped: ", errors,
            StringComparison.Ordinal);
        Assert.Contains("OPENAI_API_KEY", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-very-secret", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_writes_is_a_valid_configuration()
    {
        // Without a key of anybody's: the variables of these tests' environment are not the point here.
        await WriteAsync("config.yaml", """
            model_list:
              - { model_name: smart, litellm_params: { model: ollama/llama3.2, api_base: "http://127.0.0.1:9" } }
            """);

        var imported = await CliProcess.RunAsync(Root, "import", "config.yaml", "--output", "holdfast.yaml");
        var (code, output, _) = await CliProcess.RunAsync(Root, "check");

        Assert.Equal(0, imported.Item1);
        Assert.Equal((0, "holdfast.yaml: valid (1 providers, 1 models)"), (code, output));
    }

    [Fact]
    public async Task An_existing_file_is_kept_unless_told_otherwise()
    {
        await WriteAsync("config.yaml", Source);
        await WriteAsync("holdfast.yaml", "mine");

        var kept = await CliProcess.RunAsync(Root, "import", "config.yaml", "--output", "holdfast.yaml");
        var before = await File.ReadAllTextAsync(Result);
        var replaced = await CliProcess.RunAsync(Root, "import", "config.yaml", "--output", "holdfast.yaml", "--force");

        Assert.Equal((2, "", "mine"), (kept.Item1, kept.Item2, before));
        Assert.Contains("--force", kept.Item3, StringComparison.Ordinal);
        Assert.Equal(0, replaced.Item1);
        Assert.Contains("dropped", replaced.Item2, StringComparison.Ordinal);
        Assert.StartsWith("# Made by holdfast import", await File.ReadAllTextAsync(Result), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_list: { a: b }", "config.yaml:1: model_list: must be a list")]
    [InlineData("hello", "is no configuration that can be imported")]
    public async Task A_broken_source_ends_with_2_and_writes_nothing(string source, string says)
    {
        await WriteAsync("config.yaml", source);

        var (code, output, errors) = await CliProcess.RunAsync(
            Root, "import", "config.yaml", "--output", "holdfast.yaml");

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.Equal(["config.yaml"], Directory.GetFiles(Root).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_ends_with_1()
    {
        await WriteAsync("config.yaml", Source);

        var (code, _, errors) = await CliProcess.RunAsync(Root, "import", "config.yaml", "--output", "nowhere/h.yaml");

        Assert.Equal(1, code);
        Assert.StartsWith("holdfast: --output: 'nowhere/h.yaml' cannot be written", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_configuration_and_the_report_in_one_object()
    {
        await WriteAsync("config.json", """{ "provider": "openai", "api_key": "sk-very-secret", "metadata": {} }""");

        var (code, output, _) = await CliProcess.RunAsync(Root, "import", "config.json", "--model", "gpt-4o", "--json");

        using var json = JsonDocument.Parse(output);
        Assert.Equal((0, "Portkey"), (code, json.RootElement.GetProperty("source").GetString()));
        Assert.Contains("openai/gpt-4o", json.RootElement.GetProperty("configuration").GetString());
        Assert.Equal("OPENAI_API_KEY", json.RootElement.GetProperty("variables")[0].GetString());
        Assert.Equal(["secret", "dropped"], json.RootElement.GetProperty("notes").EnumerateArray()
            .Select(note => note.GetProperty("became").GetString()).Order(StringComparer.Ordinal).Reverse());
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(Root, name), text);
}
