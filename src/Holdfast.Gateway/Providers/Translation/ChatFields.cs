using System.Text;
using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>The fields of an OpenAI chat request, and those that others have added to it.</summary>
internal enum ChatField
{
    Audio,
    FrequencyPenalty,
    FunctionCall,
    Functions,
    KeepAlive,
    LogitBias,
    Logprobs,
    MaxCompletionTokens,
    MaxTokens,
    Messages,
    Metadata,
    Modalities,
    Model,
    N,
    Options,
    ParallelToolCalls,
    Prediction,
    PresencePenalty,
    PromptCacheKey,
    PromptCacheOptions,
    PromptCacheRetention,
    ReasoningEffort,
    ResponseFormat,
    SafetyIdentifier,
    SafetySettings,
    Seed,
    ServiceTier,
    Stop,
    Store,
    Stream,
    StreamOptions,
    Temperature,
    Think,
    Thinking,
    ToolChoice,
    Tools,
    TopK,
    TopLogprobs,
    TopP,
    User,
    Verbosity,
    WebSearchOptions,
}

/// <summary>The fields that one dialect carries over.</summary>
internal readonly struct ChatFieldSet(params ReadOnlySpan<ChatField> fields)
{
    private readonly ulong _bits = Bits(fields);

    public bool Has(ChatField field) => (_bits & (1UL << (int)field)) != 0;

    private static ulong Bits(ReadOnlySpan<ChatField> fields)
    {
        var bits = 0UL;
        foreach (var field in fields)
        {
            bits |= 1UL << (int)field;
        }

        return bits;
    }
}

/// <summary>
/// The fields of one request, sorted: those that the dialect carries over are here to be asked for, those that may
/// be left out because the answer is the same without them are gone, and all others have been refused by name.
/// </summary>
internal ref struct ChatFields
{
    private static readonly string[] Words =
        [.. Enum.GetNames<ChatField>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    private static readonly byte[][] Names = [.. Words.Select(Encoding.UTF8.GetBytes)];

    // A list of views would be the thing, but a view cannot be in one.
    private Span<JsonPlace> _places;
    private JsonView _body;

    /// <summary>How many places <see cref="Read"/> needs.</summary>
    public static int Count => Names.Length;

    /// <summary>The field's value; missing where the request has none.</summary>
    public readonly JsonView this[ChatField field] => _body.At(_places[(int)field]);

    /// <param name="body">The request.</param>
    /// <param name="carried">What the dialect carries over.</param>
    /// <param name="refusals">What becomes of the rest.</param>
    /// <param name="places">Room for <see cref="Count"/> of them, all default.</param>
    /// <exception cref="JsonException">The request is no object.</exception>
    /// <exception cref="UnsupportedFieldException">It has a field that cannot be carried over.</exception>
    public static ChatFields Read(
        JsonView body, ChatFieldSet carried, Refusals refusals, Span<JsonPlace> places)
    {
        var members = body.Members();
        while (members.Next())
        {
            var field = IndexOf(members.Name);
            if (field >= 0)
            {
                ChatShapes.Check((ChatField)field, members.Value);
            }

            if (field >= 0 && carried.Has((ChatField)field))
            {
                places[field] = members.Place;
            }
            else if (field < 0 || !IsWithoutEffect((ChatField)field, members.Value))
            {
                if (!members.Value.IsMissing)
                {
                    refusals.Option(Encoding.UTF8.GetString(members.Name));
                }
            }
        }

        return new ChatFields { _body = body, _places = places };
    }

    /// <summary>What a request calls the field.</summary>
    public static string NameOf(ChatField field) => Words[(int)field];

    /// <summary>The field of that name; negative where there is none.</summary>
    public static int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (name.SequenceEqual(Names[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <inheritdoc cref="IsWithoutEffect(ChatField, JsonView)"/>
    public static bool IsWithoutEffect(ReadOnlySpan<byte> name, JsonView value) =>
        IndexOf(name) is >= 0 and var field && IsWithoutEffect((ChatField)field, value);

    /// <summary>Whether an answer is the same without the field, be it that its value asks for nothing.</summary>
    public static bool IsWithoutEffect(ChatField field, JsonView value) => field switch
    {
        // Written from what the face found, or about what happens around the answer and not in it.
        ChatField.Model or ChatField.Stream or ChatField.StreamOptions or ChatField.Store or ChatField.Metadata
            or ChatField.PromptCacheKey or ChatField.PromptCacheRetention or ChatField.PromptCacheOptions => true,
        // For whom an answer is: docs/decisions/0011-user-stays-behind.md.
        ChatField.User or ChatField.SafetyIdentifier => true,
        ChatField.N => value.TryGetInt64(out var count) && count == 1,
        ChatField.Logprobs => value.IsFalse,
        ChatField.TopLogprobs => value.TryGetInt64(out var top) && top == 0,
        ChatField.PresencePenalty or ChatField.FrequencyPenalty =>
            value.TryGetDouble(out var penalty) && penalty == 0,
        ChatField.LogitBias => value.IsObject && value.IsEmpty,
        ChatField.ServiceTier => value.Says("auto"u8) || value.Says("default"u8),
        ChatField.Modalities => IsTextOnly(value),
        ChatField.Tools or ChatField.Functions or ChatField.Stop => value.IsArray && value.IsEmpty,
        ChatField.ToolChoice or ChatField.FunctionCall => value.Says("auto"u8),
        ChatField.ResponseFormat => value.Member("type"u8).Says("text"u8),
        ChatField.Verbosity => value.Says("medium"u8),
        ChatField.ParallelToolCalls => value.IsTrue,
        _ => false,
    };

    private static bool IsTextOnly(JsonView modalities)
    {
        if (!modalities.IsArray)
        {
            return false;
        }

        var items = modalities.Items();
        while (items.Next())
        {
            if (!items.Value.Says("text"u8))
            {
                return false;
            }
        }

        return true;
    }
}
