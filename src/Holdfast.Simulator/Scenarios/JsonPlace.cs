using System.Globalization;
using System.Text.Json;

namespace Holdfast.Simulator.Scenarios;

/// <summary>A value of a scenario that knows where it stands, so that what is wrong with it can be told.</summary>
internal sealed class JsonPlace(JsonElement value, string file, string path, List<string> errors)
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    public JsonElement Value { get; } = value;

    public string Key => path[(path.LastIndexOf('.') + 1)..];

    public static JsonDocument ParseDocument(string text, string file)
    {
        try
        {
            return JsonDocument.Parse(text, Lenient);
        }
        catch (JsonException error)
        {
            var place = $"line {error.LineNumber + 1}, column {error.BytePositionInLine + 1}";
            var reason = error.LineNumber is null ? error.Message : $"{place}: not valid JSON";
            throw new ScenarioException([$"{file}: {reason}"]);
        }
    }

    public void Fail(string what) => errors.Add(path.Length == 0 ? $"{file}: {what}" : $"{file}: {path}: {what}");

    public bool ExpectObject(IReadOnlyCollection<string> known, string noun = "key", Func<string, bool>? also = null)
    {
        if (Value.ValueKind != JsonValueKind.Object)
        {
            Fail($"{Shown()}: allowed is an object");
            return false;
        }

        foreach (var property in Value.EnumerateObject())
        {
            if (!known.Contains(property.Name) && also?.Invoke(property.Name) != true)
            {
                var hint = NearestName.Of(property.Name, known) is { } near ? $"did you mean '{near}'? " : "";
                Fail($"unknown {noun} '{property.Name}': {hint}allowed is {string.Join(", ", known)}");
            }
        }

        return true;
    }

    public JsonPlace? Find(string key) =>
        Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(key, out var found) ? Child(key, found) : null;

    public IEnumerable<JsonPlace> Children() =>
        Value.EnumerateObject().Select(property => Child(property.Name, property.Value));

    public IEnumerable<JsonPlace> Items() => Value.EnumerateArray()
        .Select((item, index) => new JsonPlace(item, file, $"{path}[{index}]", errors));

    public double Number(double min, double max, double otherwise)
    {
        if (Value.ValueKind == JsonValueKind.Number && Value.TryGetDouble(out var number)
            && number >= min && number <= max)
        {
            return number;
        }

        Fail($"{Shown()}: allowed is {Range(min, max)}");
        return otherwise;
    }

    public int Whole(int min, int max, int otherwise)
    {
        if (Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var number)
            && number >= min && number <= max)
        {
            return number;
        }

        Fail($"{Shown()}: allowed is a whole number, {Range(min, max)}");
        return otherwise;
    }

    public bool Flag(bool otherwise)
    {
        if (Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return Value.GetBoolean();
        }

        Fail($"{Shown()}: allowed is true or false");
        return otherwise;
    }

    public TimeSpan Duration()
    {
        if (Value.ValueKind == JsonValueKind.Number && Value.TryGetDouble(out var plain) && plain is >= 0 and <= 1e12)
        {
            return TimeSpan.FromMilliseconds(plain);
        }

        var text = Value.ValueKind == JsonValueKind.String ? Value.GetString()! : "";
        var unit = text.AsSpan().TrimStart("0123456789.");
        var factor = unit switch { "ms" => 1.0, "s" => 1e3, "m" => 6e4, "h" => 3.6e6, "d" => 8.64e7, _ => 0 };
        if (factor > 0 && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var number) && number * factor <= 1e12)
        {
            return TimeSpan.FromMilliseconds(number * factor);
        }

        Fail($"{Shown()}: allowed is milliseconds or a duration such as 500ms, 30s, 2m");
        return TimeSpan.Zero;
    }

    public string OneOf(params string[] allowed)
    {
        if (Value.ValueKind == JsonValueKind.String && allowed.Contains(Value.GetString()))
        {
            return Value.GetString()!;
        }

        Fail($"{Shown()}: allowed is {string.Join(", ", allowed)}");
        return allowed[0];
    }

    /// <summary>A number, or two bounds as an array or an object.</summary>
    public CountRange Counts(int min, int max, CountRange otherwise)
    {
        if (Value.ValueKind == JsonValueKind.Number)
        {
            var exact = Whole(min, max, otherwise.Min);
            return new CountRange(exact, exact);
        }

        var before = errors.Count;
        var (low, high) = (Find("min"), Find("max"));
        if (Value.ValueKind == JsonValueKind.Array && Value.GetArrayLength() == 2)
        {
            (low, high) = (Items().First(), Items().Last());
        }
        else if (!ExpectObject(["min", "max"]))
        {
            return otherwise;
        }

        var range = new CountRange(low?.Whole(min, max, min) ?? min, high?.Whole(min, max, max) ?? otherwise.Max);
        if (range.Min > range.Max && errors.Count == before)
        {
            Fail($"{range.Min} to {range.Max}: allowed is a least that is not above the most");
        }

        return range.Min <= range.Max ? range : otherwise;
    }

    private static string Range(double min, double max) => max >= int.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"{min} or more")
        : string.Create(CultureInfo.InvariantCulture, $"{min} to {max}");

    private string Shown()
    {
        var raw = Value.GetRawText();
        return raw.Length <= 40 ? raw : raw[..40] + "…";
    }

    private JsonPlace Child(string key, JsonElement child) =>
        new(child, file, path.Length == 0 ? key : $"{path}.{key}", errors);
}
