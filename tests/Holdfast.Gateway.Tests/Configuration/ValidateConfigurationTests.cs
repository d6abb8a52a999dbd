using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

public sealed class ValidateConfigurationTests
{
    private const string Before =
        "providers: { a: { type: ollama } }\nmodels:\n  m:\n    targets: [a/x]\n    validate:";

    [Fact]
    public void A_route_without_the_section_checks_nothing() =>
        Assert.Null(Options(Before[..^"\n    validate:".Length]).Models[0].Validation);

    [Fact]
    public void A_route_names_what_a_good_answer_is()
    {
        var read = Options(Before + """
             { minLength: 20, pattern: '^\{', maxBytes: 5000, streams: skip, schema: { type: object } }
            """).Models[0].Validation!;

        Assert.Equal((20, 5000, false), (read.MinLength, read.MaxBytes, read.BuffersStreams));
        Assert.True(read.Pattern!.IsMatch("{}"));
        Assert.Null(read.Schema!.Check("{}", TimeProvider.System));
        Assert.NotNull(read.Schema.Check("[]", TimeProvider.System));
    }

    [Fact]
    public void Streams_are_held_back_and_eight_million_bytes_checked_by_default()
    {
        var read = Options(Before + " { minLength: 1 }").Models[0].Validation!;

        Assert.Equal((true, 8_000_000), (read.BuffersStreams, read.MaxBytes));
    }

    [Theory]
    [InlineData("5", "5", "\"5\"")]
    [InlineData("'5'", "\"5\"", "5")]
    [InlineData("true", "true", "\"true\"")]
    [InlineData("\"true\"", "\"true\"", "true")]
    [InlineData("0x10", "\"0x10\"", "16")]
    [InlineData("plain words", "\"plain words\"", "1")]
    public void Values_in_a_schema_have_the_type_that_yaml_gives_them(string written, string good, string bad)
    {
        var schema = Options(Before + $" {{ schema: {{ const: {written} }} }}").Models[0].Validation!.Schema!;

        Assert.Null(schema.Check(good, TimeProvider.System));
        Assert.NotNull(schema.Check(bad, TimeProvider.System));
    }

    [Fact]
    public void A_schema_can_be_pasted_as_json()
    {
        var schema = Options(Before + """

                  schema: {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
                    "properties": {"headers": {"type": ["string", "null"]}}, "required": ["headers"],
                    "additionalProperties": false}
            """).Models[0].Validation!.Schema!;

        Assert.Null(schema.Check("""{"headers":null}""", TimeProvider.System));
        Assert.Equal("headers: must be of type string or null",
            schema.Check("""{"headers":1}""", TimeProvider.System));
    }

    [Theory]
    [InlineData("{}", "", "names nothing to check; write at least one of minLength, pattern, schema")]
    [InlineData("{ streams: skip }", "", "names nothing to check; write at least one of minLength, pattern, schema")]
    [InlineData("{ minLenght: 5, pattern: a }", ".minLenght",
        "is not known here; did you mean 'minLength'? (allowed: minLength, pattern, schema, streams, maxBytes)")]
    [InlineData("{ minLength: -1 }", ".minLength", "'-1' is not a whole number from 0 to 1000000")]
    [InlineData("{ pattern: '(' }", ".pattern",
        "'(' is not a regular expression of .NET: InsufficientClosingParentheses at character 2")]
    [InlineData("{ pattern: '' }", ".pattern", "is empty: every answer would match it")]
    [InlineData("{ pattern: a, streams: drop }", ".streams", "'drop' is not known here (allowed: buffer, skip)")]
    [InlineData("{ pattern: a, maxBytes: 1 }", ".maxBytes", "'1' is not a whole number from 1000 to 64000000")]
    [InlineData("{ schema: yes }", ".schema",
        "must be a JSON schema as a mapping of keywords, not a single value")]
    [InlineData("{ schema: { $ref: 'http://a/b' } }", ".schema[\"$ref\"]",
        "is not allowed: '#', '#/$defs/NAME' and '#/definitions/NAME' of this schema are; nothing is fetched")]
    [InlineData("{ schema: { items: { anyOf: [{ type: text }] } } }", ".schema.items.anyOf[0].type",
        "must be one of string, number, integer, boolean, object, array, null, or a list of them (\"null\" in quotes)")]
    [InlineData("{ schema: { properties: { apiKey: { sk-secret: 1 } } } }", ".schema.properties.apiKey",
        "is no part of a schema (not shown: its key may hold a secret)")]
    public void What_is_wrong_is_said_with_its_place(string section, string place, string error) =>
        Assert.Equal($"holdfast.yaml:5: models.m.validate{place}: {error}", Error(Before + " " + section));

    [Theory]
    [InlineData("const: \"\\ud800\"")]
    [InlineData("properties: { \"\\udc00\": {} }")]
    [InlineData("pattern: \"\\ud800\"")]
    [InlineData("minimum: 1e999999999")]
    [InlineData("multipleOf: 1e-999999999")]
    [InlineData("minimum: -0")]
    [InlineData("maxLength: 99999999999999999999")]
    [InlineData("? [a]\n: b")]
    [InlineData("enum: [.nan, .inf, 1_000, 0o7]")]
    public void Odd_values_in_a_schema_never_throw(string keyword)
    {
        var read = Read(Before + " { schema: { " + keyword + " } }");

        Assert.True(read.Options is not null || read.Errors.Count > 0);
        read.Options?.Models[0].Validation!.Schema!.Check("5", TimeProvider.System);
    }

    [Fact]
    public void A_schema_full_of_large_patterns_is_refused_before_it_takes_long()
    {
        var patterns = string.Join(',', Enumerable.Range(0, 1_001).Select(i => $"{{pattern: '(a{{99}}){{98}}{i}'}}"));

        Assert.Equal("holdfast.yaml:5: models.m.validate.schema.anyOf[1000].pattern: "
            + "is one pattern too many: a schema may have 1000",
            Error(Before + $" {{ schema: {{ anyOf: [{patterns}] }} }}"));
    }

    [Fact]
    public void An_error_deep_in_a_schema_is_on_its_own_line() =>
        Assert.StartsWith("holdfast.yaml:9: models.m.validate.schema.properties.a.minLenght: is not known here",
            Error(Before + """

                      schema:
                        properties:
                          a:
                            minLenght: 5
                """));

    [Fact]
    public void A_format_brings_a_warning() =>
        Assert.Equal(
            "holdfast.yaml:5: models.m.validate.schema.format: is not checked; write a pattern for what must hold",
            Warning(Before + " { schema: { format: email } }"));
}
