using System.Text.Json;

namespace Holdfast.Gateway.Validation;

/// <summary>The keywords that speak of texts and numbers; other values pass them.</summary>
internal static class SchemaScalars
{
    public static void MinLength(SchemaReader reader, SchemaKeyword keyword) => Length(reader, keyword,
        static (length, limit) => length >= limit, limit => $"must have at least {limit} characters");

    public static void MaxLength(SchemaReader reader, SchemaKeyword keyword) => Length(reader, keyword,
        static (length, limit) => length <= limit, limit => $"must have at most {limit} characters");

    public static void Pattern(SchemaReader reader, SchemaKeyword keyword)
    {
        if (keyword.Value.ValueKind != JsonValueKind.String)
        {
            reader.Error("must be a regular expression");
            return;
        }

        if (reader.Pattern(keyword.Value.GetString()!) is not { } pattern)
        {
            return;
        }

        keyword.Node.Add((in JsonElement value, SchemaRun run) => value.ValueKind != JsonValueKind.String
            || run.IsMatch(pattern, value.GetString()!) || run.Fail("does not match its pattern"));
    }

    public static void Minimum(SchemaReader reader, SchemaKeyword keyword) => Bound(reader, keyword,
        static comparison => comparison >= 0, limit => $"must be at least {limit}");

    public static void Maximum(SchemaReader reader, SchemaKeyword keyword) => Bound(reader, keyword,
        static comparison => comparison <= 0, limit => $"must be at most {limit}");

    public static void ExclusiveMinimum(SchemaReader reader, SchemaKeyword keyword) => Bound(reader, keyword,
        static comparison => comparison > 0, limit => $"must be more than {limit}");

    public static void ExclusiveMaximum(SchemaReader reader, SchemaKeyword keyword) => Bound(reader, keyword,
        static comparison => comparison < 0, limit => $"must be less than {limit}");

    public static void MultipleOf(SchemaReader reader, SchemaKeyword keyword)
    {
        if (keyword.Value.ValueKind != JsonValueKind.Number || JsonNumber.Of(keyword.Value) is not { Near: > 0 } step)
        {
            reader.Error("must be a number above 0");
            return;
        }

        var message = $"must be a multiple of {SchemaKeywords.Short(keyword.Value.GetRawText())}";
        keyword.Node.Add((in JsonElement value, SchemaRun run) => value.ValueKind != JsonValueKind.Number
            || JsonNumber.Of(value).IsMultipleOf(step) || run.Fail(message));
    }

    private static void Length(SchemaReader reader, SchemaKeyword keyword, Func<int, int, bool> isGood,
        Func<int, string> message)
    {
        if (SchemaKeywords.Count(reader, keyword) is not { } limit)
        {
            return;
        }

        var otherwise = message(limit);
        keyword.Node.Add((in JsonElement value, SchemaRun run) => value.ValueKind != JsonValueKind.String
            || isGood(AnswerText.Characters(value.GetString()!), limit) || run.Fail(otherwise));
    }

    private static void Bound(SchemaReader reader, SchemaKeyword keyword, Func<int, bool> isGood,
        Func<string, string> message)
    {
        if (keyword.Value.ValueKind != JsonValueKind.Number)
        {
            reader.Error("must be a number");
            return;
        }

        var limit = JsonNumber.Of(keyword.Value);
        var otherwise = message(SchemaKeywords.Short(keyword.Value.GetRawText()));
        keyword.Node.Add((in JsonElement value, SchemaRun run) => value.ValueKind != JsonValueKind.Number
            || isGood(JsonNumber.Of(value).CompareTo(limit)) || run.Fail(otherwise));
    }
}
