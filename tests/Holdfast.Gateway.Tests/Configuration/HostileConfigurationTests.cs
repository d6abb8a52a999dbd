using System.Text;
using Holdfast.Gateway.Configuration;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

public class HostileConfigurationTests
{
    [Theory]
    [InlineData("")]
    [InlineData("   \n\n# nothing\n")]
    [InlineData("---\n")]
    [InlineData("~")]
    [InlineData("\uFEFF")]
    [InlineData("server:\nmodels: ~\n")]
    public void An_empty_file_is_all_defaults(string yaml)
    {
        var options = Options(yaml);

        Assert.Equal(["http://127.0.0.1:8080"], options.Server.Urls);
        Assert.Empty(options.Providers);
    }

    [Theory]
    [InlineData("server: [", 1)]
    [InlineData("server:\n\tanonymous: true", 2)]
    [InlineData("server:\n  urls: a: b", 2)]
    [InlineData("server: {\n  anonymous: true", 2)]
    [InlineData("a: 'never closed", 1)]
    [InlineData("server: @home", 1)]
    [InlineData("}", 1)]
    public void Broken_yaml_is_one_error_with_its_line(string yaml, int line)
    {
        var error = Assert.Single(Read(yaml).Errors);

        Assert.Equal(line, error.Line);
        Assert.StartsWith("is not YAML: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1, 2]", "holdfast.yaml:1: must be a mapping of keys, not a list")]
    [InlineData("hello", "holdfast.yaml:1: must be a mapping of keys, not a single value")]
    [InlineData("server: {}\n---\nserver: {}",
        "holdfast.yaml:2: holds more than one document ('---'); only one is allowed")]
    [InlineData("server: !ruby/object {}", "holdfast.yaml:1: has a tag ('!…'); tags are not allowed")]
    [InlineData("server:\n  urls: !!str x", "holdfast.yaml:2: has a tag ('!…'); tags are not allowed")]
    [InlineData("server: *nowhere", "holdfast.yaml:1: has an alias ('*…') without a complete anchor above it")]
    [InlineData("server: &me { shutdown: *me }",
        "holdfast.yaml:1: has an alias ('*…') without a complete anchor above it")]
    [InlineData("server: { [a, b]: c }", "holdfast.yaml:1: server: has a key that is no plain text")]
    [InlineData("defaults:\n  retry: &r { maxRetries: 1 }\nmodels: { <<: *r }",
        "holdfast.yaml:3: models: '<<' (merging) is not supported; " +
        "what is the same everywhere belongs under 'defaults'")]
    public void What_yaml_can_do_and_a_configuration_may_not_is_refused(string yaml, string error) =>
        Assert.Equal(error, Error(yaml));

    [Fact]
    public void A_key_written_twice_is_an_error_with_both_lines() =>
        Assert.Equal("holdfast.yaml:3: server.anonymous: is written twice (first on line 2)",
            Error("server:\n  anonymous: true\n  anonymous: true\n"));

    [Fact]
    public void Anchors_may_be_used()
    {
        var options = Options("""
            defaults: { retry: &patient { maxRetries: 9 } }
            providers: { o: { type: ollama, retry: *patient } }
            """);

        Assert.Equal(9, options.Providers[0].Retry.MaxRetries);
    }

    [Fact]
    public void Aliases_cannot_multiply_without_bound()
    {
        var laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 30; i++)
            laughs.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");

        Assert.Contains("holds more than 100000 values", Error(laughs.ToString()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", "")]
    [InlineData("{a: ", "")]
    [InlineData("[", "]")]
    [InlineData("- ", "")]
    public void Deep_nesting_ends_early(string open, string close)
    {
        var yaml = "server: \n " + string.Concat(Enumerable.Repeat(open, 10_000)) +
            string.Concat(Enumerable.Repeat(close, 10_000));

        Assert.Equal("holdfast.yaml:2: is nested deeper than 32 levels", Error(yaml));
    }

    [Theory]
    [InlineData(32, false)]
    [InlineData(33, true)]
    public void Nesting_may_have_32_levels(int lists, bool isRefused) =>
        Assert.Equal(isRefused,
            Error($"server: {new string('[', lists)}{new string(']', lists)}").Contains("is nested deeper"));

    [Fact]
    public void Control_characters_are_refused_because_a_nul_would_hide_the_rest() =>
        Assert.Equal("holdfast.yaml:2: holds the control character U+0000", Error("server: {}\n# \0\nnonsense: 1"));

    [Fact]
    public void A_text_over_the_limit_is_refused() =>
        Assert.Equal("holdfast.yaml: is larger than 1048576 bytes", Error(new string('#', 2_000_000)));

    [Fact]
    public void Thousands_of_mistakes_are_counted_and_not_all_told()
    {
        var yaml = string.Concat(Enumerable.Range(0, 30_000).Select(i => $"servr{i}: 1\n"));

        var errors = Read(yaml).Errors;

        Assert.Equal(1001, errors.Count);
        Assert.Equal("holdfast.yaml: 29000 more problems are left out", errors[^1].ToString());
    }

    [Fact]
    public void Odd_keys_are_shown_short_and_on_one_line()
    {
        var error = Error($"\"evil\\u0085\\e[31m{new string('x', 500)}\": 1");

        Assert.DoesNotContain(error, char.IsControl);
        Assert.Contains("…", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_never_throw()
    {
        const string good = """
            server: { urls: ["http://127.0.0.1:8080"], shutdown: { timeout: 30s } }
            defaults: &d
              retry: { maxRetries: 3, baseDelay: "1s" }
            providers:
              openai: { type: openai, apiKey: '${KEY:-k}', headers: { x-a: b } }
            models:
              "smart": { targets: [openai/gpt-4o, { provider: openai, model: x }] }
              other: |
                text
            """;
        const string letters = "{}[]:,-&*!|>'\"%@`#?\n \t\\$~<=0aé\u0085\uFEFF\uD800";
        const int seed = 20260301;
        var random = new Random(seed);

        for (var round = 0; round < 8_000; round++)
        {
            var damaged = new StringBuilder(good);
            for (var hits = random.Next(1, 6); hits > 0; hits--)
            {
                var at = random.Next(damaged.Length);
                if (random.Next(3) == 0)
                    damaged.Remove(at, Math.Min(random.Next(1, 20), damaged.Length - at));
                else
                    damaged.Insert(at, letters[random.Next(letters.Length)]);
            }

            var result = Read(damaged.ToString());

            Assert.True(result.Options is null == result.Errors.Count > 0, $"seed {seed}, round {round}");
        }
    }
}
