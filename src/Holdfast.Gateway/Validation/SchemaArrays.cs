using System.Text.Json;

namespace Holdfast.Gateway.Validation;

/// <summary>The keywords that speak of lists; other values pass them.</summary>
internal static class SchemaArrays
{
    public static void Items(SchemaReader reader, SchemaKeyword keyword)
    {
        if (keyword.Value.ValueKind == JsonValueKind.Array)
        {
            reader.Error("must be one schema; schemas by position are prefixItems");
            return;
        }

        var schema = reader.Child(keyword.Value);
        var first = keyword.Schema.TryGetProperty("prefixItems", out var prefix)
            && prefix.ValueKind == JsonValueKind.Array ? prefix.GetArrayLength() : 0;
        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            if (value.ValueKind != JsonValueKind.Array)
            {
                return true;
            }

            var position = 0;
            foreach (var item in value.EnumerateArray())
            {
                if (position >= first && !run.Within($"[{position}]", schema, item))
                {
                    return false;
                }

                position++;
            }

            return true;
        });
    }

    public static void PrefixItems(SchemaReader reader, SchemaKeyword keyword)
    {
        if (keyword.Value.ValueKind != JsonValueKind.Array || keyword.Value.GetArrayLength() == 0)
        {
            reader.Error("must be a list of schemas");
            return;
        }

        var schemas = keyword.Value.EnumerateArray().Select((schema, i) => reader.Child($"[{i}]", schema)).ToArray();
        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            var length = value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() : 0;
            for (var i = 0; i < Math.Min(length, schemas.Length); i++)
            {
                if (!run.Within($"[{i}]", schemas[i], value[i]))
                {
                    return false;
                }
            }

            return true;
        });
    }

    public static void Contains(SchemaReader reader, SchemaKeyword keyword)
    {
        var schema = reader.Child(keyword.Value);
        keyword.Node.Add((in JsonElement value, SchemaRun run) =>
        {
            if (value.ValueKind != JsonValueKind.Array)
            {
                return true;
            }

            foreach (var item in value.EnumerateArray())
            {
                if (run.Try(schema, item))
                {
                    return true;
                }
            }

            return run.Fail("has no item that contains asks for");
        });
    }

    public static void MinItems(SchemaReader reader, SchemaKeyword keyword) => Length(reader, keyword,
        static (length, limit) => length >= limit, limit => $"must have at least {limit} items");

    public static void MaxItems(SchemaReader reader, SchemaKeyword keyword) => Length(reader, keyword,
        static (length, limit) => length <= limit, limit => $"must have at most {limit} items");

    public static void UniqueItems(SchemaReader reader, SchemaKeyword keyword)
    {
        if (keyword.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            reader.Error("must be true or false");
            return;
        }

        if (keyword.Value.ValueKind == JsonValueKind.True)
        {
            keyword.Node.Add(HasNoTwins);
        }
    }

    private static bool HasNoTwins(in JsonElement value, SchemaRun run)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return true;
        }

        // Every pair is paid for, so a long list ends the check instead of taking a minute.
        JsonElement[] items = [.. value.EnumerateArray()];
        for (var i = 1; i < items.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (!run.Step())
                {
                    return false;
                }

                if (JsonElement.DeepEquals(items[i], items[j]))
                {
                    return run.Fail("has the same item twice");
                }
            }
        }

        return true;
    }

    private static void Length(SchemaReader reader, SchemaKeyword keyword, Func<int, int, bool> isGood,
        Func<int, string> message)
    {
        if (SchemaKeywords.Count(reader, keyword) is not { } limit)
        {
            return;
        }

        var otherwise = message(limit);
        keyword.Node.Add((in JsonElement value, SchemaRun run) => value.ValueKind != JsonValueKind.Array
            || isGood(value.GetArrayLength(), limit) || run.Fail(otherwise));
    }
}
