using System.Text.Json;
using Holdfast.Gateway.Validation;

namespace Holdfast.Gateway.Tests.Validation;

public sealed class JsonSchemaTests
{
    [Theory]
    [InlineData("""{"type":"object"}""", "{}", "[]")]
    [InlineData("""{"type":["string","null"]}""", "null", "1")]
    [InlineData("""{"type":"integer"}""", "1.0", "1.5")]
    [InlineData("""{"type":"integer"}""", "1e30", "1e-1")]
    [InlineData("""{"type":"number"}""", "1.5", "\"1.5\"")]
    [InlineData("""{"type":"boolean"}""", "true", "0")]
    [InlineData("""{"enum":["a",1,null]}""", "1.0", "\"A\"")]
    [InlineData("""{"const":{"a":[1]}}""", """{"a":[1]}""", """{"a":[2]}""")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"b":1}""", """{"a":1}""")]
    [InlineData("""{"required":["a"]}""", """{"a":null}""", "{}")]
    [InlineData("""{"properties":{"a":true},"additionalProperties":false}""", """{"a":1}""", """{"b":1}""")]
    [InlineData("""{"additionalProperties":{"type":"string"}}""", """{"b":"1"}""", """{"b":1}""")]
    [InlineData("""{"patternProperties":{"^x":{"type":"string"}},"additionalProperties":false}""",
        """{"xa":"1"}""", """{"xa":1}""")]
    [InlineData("""{"patternProperties":{"^x":true},"additionalProperties":false}""", """{"xa":1}""", """{"a":1}""")]
    [InlineData("""{"propertyNames":{"maxLength":2}}""", """{"ab":1}""", """{"abc":1}""")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"b":1}""", """{"a":1}""")]
    [InlineData("""{"minProperties":1}""", """{"a":1}""", "{}")]
    [InlineData("""{"maxProperties":1}""", """{"a":1}""", """{"a":1,"b":1}""")]
    [InlineData("""{"items":{"type":"string"}}""", """["a"]""", """["a",1]""")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}""", """["a",1]""", """["a","b"]""")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", """["a"]""", "[1]")]
    [InlineData("""{"contains":{"type":"string"}}""", """[1,"a"]""", "[1]")]
    [InlineData("""{"minItems":1}""", "[1]", "[]")]
    [InlineData("""{"maxItems":1}""", "[1]", "[1,2]")]
    [InlineData("""{"uniqueItems":true}""", """[1,"1"]""", "[1,1.0]")]
    [InlineData("""{"minLength":2}""", "\"\ud83d\ude00a\"", "\"\ud83d\ude00\"")]
    [InlineData("""{"maxLength":1}""", "\"\ud83d\ude00\"", "\"ab\"")]
    [InlineData("""{"pattern":"^a+$"}""", "\"aa\"", "\"ab\"")]
    [InlineData("""{"pattern":"(?=b)"}""", "\"ab\"", "\"a\"")]
    [InlineData("""{"minimum":5}""", "5", "4.9")]
    [InlineData("""{"maximum":5}""", "5", "5.1")]
    [InlineData("""{"exclusiveMinimum":5}""", "5.1", "5")]
    [InlineData("""{"exclusiveMaximum":5}""", "4.9", "1e400")]
    [InlineData("""{"multipleOf":0.01}""", "19.99", "19.999")]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":5}]}""", "5", "4")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"minimum":5}]}""", "4", "5")]
    [InlineData("""{"allOf":[{"type":"integer"},{"minimum":5}]}""", "5", "5.5")]
    [InlineData("""{"not":{"type":"string"}}""", "5", "\"a\"")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}}""", "\"ab\"", "\"a\"")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}}""", "5", "4")]
    [InlineData("""{"$defs":{"a":{"type":"string"}},"items":{"$ref":"#/$defs/a"}}""", """["a"]""", "[1]")]
    [InlineData("""{"definitions":{"a/b":{"type":"string"}},"$ref":"#/definitions/a~1b"}""", "\"a\"", "1")]
    [InlineData("""{"properties":{"next":{"$ref":"#"}},"required":["v"]}""", """{"v":1,"next":{"v":2}}""",
        """{"v":1,"next":{}}""")]
    [InlineData("""{"$ref":"#/$defs/a","maxLength":1,"$defs":{"a":{"type":"string"}}}""", "\"a\"", "\"ab\"")]
    [InlineData("""{"title":"t","description":"d","examples":[1],"default":2}""", "5", "")]
    [InlineData("true", "1", "{")]
    public void Each_keyword_says_what_is_good(string schema, string good, string bad)
    {
        var read = Read(schema);

        Assert.Null(read.Check(good, TimeProvider.System));
        Assert.NotNull(read.Check(bad, TimeProvider.System));
    }

    [Theory]
    [InlineData("""{"properties":{"a":{"items":{"type":"string"}}}}""", """{"a":["x",7]}""",
        "a[1]: must be of type string")]
    [InlineData("""{"additionalProperties":{"type":"string"}}""", """{"secret":7}""", "*: must be of type string")]
    [InlineData("""{"required":["name"]}""", "{}", "has no 'name'")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"null"}]}""", "7", "fits none of anyOf")]
    [InlineData("""{"const":"a"}""", "\"secret\"", "is not the value that is asked for")]
    [InlineData("{}", "```json\n{}\n```", "is not JSON")]
    [InlineData("{}", """{"a":1,"a":2}""", "is not JSON")]
    [InlineData("""{"minLength":1}""", "\"\\ud800\"", "is not JSON")]
    public void A_failure_says_where_without_the_answers_words(string schema, string text, string failure) =>
        Assert.Equal(failure, Read(schema).Check(text, TimeProvider.System));

    [Theory]
    [InlineData("""{"minLenght":5}""", "minLenght", "is not known here (allowed: type, enum, ")]
    [InlineData("""{"unevaluatedProperties":false}""", "unevaluatedProperties", "is not known here")]
    [InlineData("""{"items":{"$defs":{}}}""", "items.$defs", "is only understood at the schema's root")]
    [InlineData("""{"type":"text"}""", "type", "must be one of string, number, ")]
    [InlineData("""{"type":null}""", "type", "(\"null\" in quotes)")]
    [InlineData("""{"enum":[]}""", "enum", "must be a list of the values")]
    [InlineData("""{"items":[{}]}""", "items", "schemas by position are prefixItems")]
    [InlineData("""{"exclusiveMinimum":true}""", "exclusiveMinimum", "must be a number")]
    [InlineData("""{"multipleOf":0}""", "multipleOf", "must be a number above 0")]
    [InlineData("""{"maxLength":-1}""", "maxLength", "must be a whole number from 0")]
    [InlineData("""{"pattern":"("}""", "pattern", "is not a regular expression of .NET: ")]
    [InlineData("""{"patternProperties":{"(":{}}}""", "patternProperties.(", "is not a regular expression of .NET: ")]
    [InlineData("""{"required":"a"}""", "required", "must be a list of texts")]
    [InlineData("""{"anyOf":{}}""", "anyOf", "must be a list of schemas")]
    [InlineData("""{"anyOf":[{},{"tpe":1}]}""", "anyOf.[1].tpe", "is not known here")]
    [InlineData("""{"properties":{"a":5}}""", "properties.a", "must be a schema")]
    [InlineData("""{"then":{}}""", "then", "does nothing without if")]
    [InlineData("""{"if":{},"then":{"x":1}}""", "then.x", "is not known here")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-04/schema#"}""", "$schema", "draft that is understood")]
    [InlineData("""{"$ref":"https://example.com/x.json"}""", "$ref", "nothing is fetched")]
    [InlineData("""{"$ref":"file:///etc/passwd"}""", "$ref", "nothing is fetched")]
    [InlineData("""{"$ref":"#/properties/a"}""", "$ref", "nothing is fetched")]
    [InlineData("""{"$ref":"#/$defs/a"}""", "$ref", "refers to what is not there")]
    [InlineData("""{"$ref":"#"}""", "", "asks itself about the same value")]
    [InlineData("""{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}""", "",
        "asks itself about the same value")]
    public void What_is_not_understood_is_refused_with_its_place(string schema, string place, string message)
    {
        using var json = JsonDocument.Parse(schema);

        Assert.Null(JsonSchema.Read(json.RootElement, out var problems));

        var problem = Assert.Single(problems);
        Assert.Equal(place, string.Join('.', problem.Path));
        Assert.Contains(message, problem.Message);
    }

    [Fact]
    public void A_format_is_not_checked_and_says_so()
    {
        using var json = JsonDocument.Parse("""{"format":"email"}""");

        Assert.NotNull(JsonSchema.Read(json.RootElement, out var problems));

        Assert.Equal((true, "is not checked; write a pattern for what must hold"),
            (Assert.Single(problems).IsWarning, problems[0].Message));
    }

    [Fact]
    public void A_schema_that_doubles_at_every_step_ends()
    {
        var definitions = string.Join(',', Enumerable.Range(0, 45).Select(i =>
            $$"""
            "d{{i}}":{"anyOf":[{"$ref":"#/$defs/d{{i + 1}}"},{"$ref":"#/$defs/d{{i + 1}}"}]}
            """));
        var schema = Read($$$"""{"$ref":"#/$defs/d0","$defs":{ {{{definitions}}},"d45":{"type":"string"} } }""");

        Assert.Equal("it took too long to check", schema.Check("1", TimeProvider.System));
    }

    [Fact]
    public void A_long_list_of_unique_items_ends() =>
        Assert.Equal("it took too long to check", Read("""{"uniqueItems":true}""")
            .Check($"[{string.Join(',', Enumerable.Range(0, 10_000))}]", TimeProvider.System));

    [Fact]
    public void A_pattern_that_explodes_ends_the_check() =>
        Assert.Equal("a pattern did not end within 250 ms", Read("""{"anyOf":[{"pattern":"(?=a)(a+)+$"},true]}""")
            .Check($"\"{new string('a', 50)}!\"", TimeProvider.System));

    [Fact]
    public void A_value_nested_deeper_than_is_read_is_not_json() =>
        Assert.Equal("is not JSON", Read("{}").Check(new string('[', 100) + new string(']', 100), TimeProvider.System));

    private static JsonSchema Read(string schema)
    {
        using var json = JsonDocument.Parse(schema);
        var read = JsonSchema.Read(json.RootElement, out var problems);
        Assert.Empty(problems);
        return read!;
    }
}
