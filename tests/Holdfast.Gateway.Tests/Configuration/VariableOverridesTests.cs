using Holdfast.Gateway.Configuration;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

/// <summary><c>HOLDFAST__SECTION__KEY</c> over any key of the file.</summary>
public class VariableOverridesTests
{
    private const string File = """
        server: { hosts: [a.example, b.example] }
        defaults:
          timeouts: { call: 5m }
        providers:
          open-ai: { type: openai, apiKey: k, headers: { x-team: search } }
          local: { type: ollama }
        models:
          gpt-4o:
            targets:
              - open-ai/gpt-4o
              - { provider: local, model: llama3.2, priority: 4 }
        """;

    [Fact]
    public void A_variable_replaces_what_the_file_says() =>
        Assert.Equal(TimeSpan.FromSeconds(30),
            Options(File, ("HOLDFAST__DEFAULTS__TIMEOUTS__CALL", "30s")).Models[0].Timeouts.Call);

    [Theory]
    [InlineData("")]
    [InlineData("defaults: ~")]
    [InlineData("defaults: { retry: ~ }")]
    public void A_variable_sets_a_key_that_the_file_does_not_have(string yaml)
    {
        var options = Options(yaml + "\nproviders: { o: { type: ollama } }\nmodels: { m: { targets: [o/x] } }",
            ("HOLDFAST__DEFAULTS__RETRY__MAXRETRIES", "7"), ("HOLDFAST__LOGGING__LEVEL", "debug"));

        Assert.Equal(7, options.Models[0].Retry.MaxRetries);
        Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Debug, options.LogLevel);
    }

    [Fact]
    public void Variables_may_stand_without_any_file_content() =>
        Assert.Equal(["http://127.0.0.1:9"],
            Options("", ("HOLDFAST__SERVER__URLS", "http://127.0.0.1:9")).Server.Urls);

    [Theory]
    [InlineData("HOLDFAST__PROVIDERS__OPEN_AI__PRIORITY")]
    [InlineData("holdfast__providers__open_ai__priority")]
    [InlineData("Holdfast__Providers__Open_Ai__Priority")]
    public void Names_are_matched_in_any_case_with_underscores_for_what_a_variable_cannot_hold(string variable) =>
        Assert.Equal(9, Options(File, (variable, "9")).Providers[0].Priority);

    [Fact]
    public void A_section_that_only_variables_write_counts_as_written()
    {
        var options = Options(File, ("HOLDFAST__MODELS__GPT_4O__HEDGE__MAXSHARE", "0.2"));

        Assert.Equal(0.2, options.Models[0].Hedge!.MaxShare);
    }

    [Fact]
    public void An_item_of_a_list_is_replaced_by_its_number_and_the_next_number_adds_one()
    {
        var options = Options(File, ("HOLDFAST__SERVER__HOSTS__1", "c.example"), ("HOLDFAST__SERVER__HOSTS__2", "d"));

        Assert.Equal(["a.example", "c.example", "d"], options.Server.Hosts);
    }

    [Fact]
    public void A_list_is_replaced_whole_by_texts_with_commas_and_emptied_by_none()
    {
        Assert.Equal(["x", "y"], Options(File, ("HOLDFAST__SERVER__HOSTS", "x, y")).Server.Hosts);
        Assert.Empty(Options(File, ("HOLDFAST__SERVER__HOSTS", "")).Server.Hosts);
    }

    [Fact]
    public void Targets_take_variables_in_either_form()
    {
        var targets = Options(File,
            ("HOLDFAST__MODELS__GPT_4O__TARGETS__0__TIMEOUTS__ATTEMPT", "9s"),
            ("HOLDFAST__MODELS__GPT_4O__TARGETS__1__MODEL", "llama4"),
            ("HOLDFAST__MODELS__GPT_4O__TARGETS__2", "local/phi")).Models[0].Targets;

        Assert.Equal(TimeSpan.FromSeconds(9), targets[0].Timeouts.Attempt);
        Assert.Equal(["gpt-4o", "llama4", "phi"], targets.Select(target => target.Model));
        Assert.Equal(4, targets[1].Priority);
    }

    [Fact]
    public void A_target_can_be_added_by_variables_alone()
    {
        var target = Options(File, ("HOLDFAST__MODELS__GPT_4O__TARGETS__2__PROVIDER", "local"),
            ("HOLDFAST__MODELS__GPT_4O__TARGETS__2__MODEL", "phi")).Models[0].Targets[2];

        Assert.Equal(("local", "phi"), (target.Provider, target.Model));
    }

    [Fact]
    public void A_variable_inside_a_schema_replaces_what_stands_there()
    {
        const string yaml = """
            providers: { o: { type: ollama } }
            models: { m: { targets: [o/x], validate: { schema: { type: object, minProperties: 1 } } } }
            """;

        Assert.NotNull(Options(yaml, ("HOLDFAST__MODELS__M__VALIDATE__SCHEMA__MINPROPERTIES", "2"))
            .Models[0].Validation!.Schema);
        Assert.Contains("'MAXPROPERTIES', which is not known in models.m.validate.schema",
            Error(yaml, ("HOLDFAST__MODELS__M__VALIDATE__SCHEMA__MAXPROPERTIES", "2")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[a, b]")]
    [InlineData("{ anonymous: true }")]
    [InlineData("&x *y !z | >\nanonymous: true")]
    [InlineData("${HOME_KEY}")]
    [InlineData("~")]
    public void A_value_never_becomes_structure(string value)
    {
        var options = Options(File, ("HOLDFAST__SERVER__DATADIRECTORY", value), ("HOME_KEY", "x"));

        Assert.Equal(value, options.Server.DataDirectory);
        Assert.False(options.Server.Anonymous);
    }

    [Theory]
    [InlineData("HOLDFAST__DEFAULTS__TIMEOUTS__CALL", "soon",
        "'soon' is not a duration from 1ms to 1d, such as 500ms, 30s, 2m, 1h")]
    [InlineData("HOLDFAST__SERVER__HOSTS__0", "http://x", "'http://x' is not a host name: no scheme, no port, no path")]
    [InlineData("HOLDFAST__MODELS__GPT_4O__TARGETS__0", "lcal/x",
        "provider 'lcal' is not defined; did you mean 'local'? (defined: open-ai, local)")]
    [InlineData("HOLDFAST__PROVIDERS__OPEN_AI__APIKEY", "a b",
        "must be printable ASCII without white space (is there a line break at its end?) (value not shown)")]
    [InlineData("HOLDFAST__PROVIDERS__OPEN_AI__HEADERS__X_TEAM", "a\nb",
        "must be printable ASCII without line breaks, and without white space at its ends (value not shown)")]
    public void A_wrong_value_is_an_error_at_the_variable(string variable, string value, string error) =>
        Assert.Equal($"environment: {variable}: {error}", Error(File, (variable, value)));

    [Theory]
    [InlineData("HOLDFAST__DEFAULTS__TIMEOUTS__CAL", "did you mean 'HOLDFAST__DEFAULTS__TIMEOUTS__CALL'?")]
    [InlineData("HOLDFAST__DEFAULTS__TIME_OUTS__CALL", "did you mean 'HOLDFAST__DEFAULTS__TIMEOUTS__CALL'?")]
    [InlineData("HOLDFAST__DEFAULT__TIMEOUTS__CALL", "did you mean 'HOLDFAST__DEFAULTS__TIMEOUTS__CALL'?")]
    [InlineData("HOLDFAST__PROVIDERS__OPENAI__PRIORITY", "did you mean 'HOLDFAST__PROVIDERS__OPEN_AI__PRIORITY'?")]
    [InlineData("HOLDFAST__MODELS__GPT_4__STRATEGY", "did you mean 'HOLDFAST__MODELS__GPT_4O__STRATEGY'?")]
    [InlineData("HOLDFAST__NONSENSE", "names 'NONSENSE', which is not known (there are: ")]
    [InlineData("HOLDFAST__MODELS__GPT_4O__TARGETS__3", "names item 3 of models.gpt-4o.targets, which has 2")]
    [InlineData("HOLDFAST__MODELS__GPT_4O__TARGETS__X", "must name an item of the list")]
    [InlineData("HOLDFAST__MODELS__GPT_4O__TARGETS", "must be a list, not a single value")]
    [InlineData("HOLDFAST__DEFAULTS", "must be a mapping of keys, not a single value")]
    [InlineData("HOLDFAST__", "names no key: HOLDFAST__SECTION__KEY is the form")]
    [InlineData("HOLDFAST____", "names no key: HOLDFAST__SECTION__KEY is the form")]
    [InlineData("HOLDFAST__DEFAULTS__TIMEOUTS__CALL__X", "sets nothing: it names something below a single value")]
    [InlineData("HOLDFAST__SERVER__HOSTS__0__X", "sets nothing: it names something below a single value")]
    public void A_name_that_does_not_exist_is_an_error_that_says_what_is_near(string variable, string says)
    {
        var result = Read(File, (variable, "1"));

        Assert.Null(result.Options);
        var error = Assert.Single(result.Errors, error => error.Message.Contains(says, StringComparison.Ordinal));
        Assert.Equal(("environment", variable), (error.File, error.Place));
    }

    [Fact]
    public void Names_that_are_the_same_in_a_variable_are_an_error_that_says_so() =>
        Assert.Equal(
            "environment: HOLDFAST__PROVIDERS__A_B__PRIORITY: may mean a-b, a_b of providers: in a variable's name " +
            "they are all the same; write the value into the file",
            Error("providers: { a-b: { type: ollama }, a_b: { type: ollama } }",
                ("HOLDFAST__PROVIDERS__A_B__PRIORITY", "2")));

    [Fact]
    public void Two_variables_for_one_key_are_an_error() =>
        Assert.Contains("sets defaults.timeouts.call as ",
            Error(File, ("HOLDFAST__DEFAULTS__TIMEOUTS__CALL", "1s"), ("holdfast__defaults__timeouts__call", "2s")),
            StringComparison.Ordinal);

    [Fact]
    public void A_list_and_one_of_its_items_cannot_both_be_set() =>
        Assert.Equal("environment: HOLDFAST__SERVER__HOSTS__0: sets server.hosts as HOLDFAST__SERVER__HOSTS does; " +
            "set one of them",
            Error(File, ("HOLDFAST__SERVER__HOSTS", "x"), ("HOLDFAST__SERVER__HOSTS__0", "y")));

    [Fact]
    public void What_keys_are_wrong_together_names_the_variables_among_them()
    {
        var error = Error(File, ("HOLDFAST__DEFAULTS__CIRCUITBREAKER__RECOVERYTIMEOUT", "1h"));

        Assert.Contains("recoveryTimeout is longer than maxRecoveryTime", error, StringComparison.Ordinal);
        Assert.EndsWith("(set here: HOLDFAST__DEFAULTS__CIRCUITBREAKER__RECOVERYTIMEOUT)", error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_with_one_underscore_are_none_of_these() =>
        Assert.Empty(Read(File, ("HOLDFAST_URL", "x"), ("HOLDFAST_CONFIG", "y"), ("HOLDFAST_ADMIN_KEY", "z")).Errors);

    [Fact]
    public void A_value_without_a_bound_is_refused() =>
        Assert.Equal("environment: HOLDFAST__SERVER__HOSTS: is longer than 65536 characters",
            Error(File, ("HOLDFAST__SERVER__HOSTS", new string('x', 70_000))));

    [Fact]
    public void A_key_that_does_nothing_yet_is_set_through_its_checked_section()
    {
        Assert.Equal("environment: HOLDFAST__CACHE__TTL: is accepted but does nothing in this version",
            Warning(File, ("HOLDFAST__CACHE__TTL", "5m")));
        Assert.StartsWith("environment: HOLDFAST__CACHE__TTL: 'never' is not a duration",
            Error(File, ("HOLDFAST__CACHE__TTL", "never")), StringComparison.Ordinal);
    }
}
