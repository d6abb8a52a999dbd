using System.Text.Json.Nodes;

namespace Holdfast.System.Tests.Conformance;

/// <summary>Something that a caller may ask for: a row of the table.</summary>
/// <param name="Name">The row's heading.</param>
/// <param name="Fields">The fields by which a provider that cannot do it may refuse it, with spaces between.</param>
/// <param name="More">What the body has beside the model and a question, or instead of it.</param>
internal sealed record Feature(string Name, string Fields, string More)
{
    public const string Question = "Why do bridges stand?";

    /// <summary>Texts that must be in what the provider gets.</summary>
    public IReadOnlyList<string> Carried { get; init; } = [];

    /// <summary>Fails where the answer isn't what was asked for.</summary>
    public Action<Seen> Check { get; init; } = _ => { };

    /// <summary>Whether typed clients can ask for it; some know one choice only.</summary>
    public bool IsTyped { get; init; } = true;

    /// <summary>Whether a provider may do without, because its answer is the same.</summary>
    public bool MayBeLeftOut { get; init; }

    /// <summary>Whether this is about the counts in a stream, which a provider may leave out.</summary>
    public bool CountsInStreams { get; init; }

    public JsonObject Body(string model)
    {
        var body = new JsonObject { ["model"] = model };
        var more = JsonNode.Parse(More)!.AsObject();
        if (!more.ContainsKey("input"))
        {
            body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Question });
        }

        foreach (var (name, value) in more)
        {
            body[name] = value?.DeepClone();
        }

        return body;
    }

    /// <summary>Whether a refusal that names this place is about this feature.</summary>
    public bool IsNamedBy(string? place) =>
        place is not null && Fields.Split(' ').Contains(place.Split('.', '[')[0], StringComparer.Ordinal);

    public override string ToString() => Name;
}
