using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>The fields of a request to the Responses API that a chat has a counterpart for.</summary>
internal ref struct ResponsesFields
{
    public JsonView Input;
    public JsonView Instructions;
    public JsonView Include;
    public JsonView MaxOutputTokens;
    public JsonView Metadata;
    public JsonView ParallelToolCalls;
    public JsonView Reasoning;
    public JsonView SafetyIdentifier;
    public JsonView ServiceTier;
    public JsonView Temperature;
    public JsonView Text;
    public JsonView ToolChoice;
    public JsonView Tools;
    public JsonView TopLogprobs;
    public JsonView TopP;
    public JsonView User;

    /// <exception cref="JsonException">The request is no object.</exception>
    /// <exception cref="UnsupportedFieldException">It has a field that cannot be carried over.</exception>
    public static ResponsesFields Read(JsonView body, Refusals refusals)
    {
        var fields = default(ResponsesFields);
        var members = body.Members();
        while (members.Next())
        {
            var value = members.Value;
            switch (members.Name)
            {
                case var name when name.SequenceEqual("input"u8): fields.Input = value; break;
                case var name when name.SequenceEqual("instructions"u8): fields.Instructions = value; break;
                case var name when name.SequenceEqual("include"u8): fields.Include = value; break;
                case var name when name.SequenceEqual("max_output_tokens"u8): fields.MaxOutputTokens = value; break;
                case var name when name.SequenceEqual("metadata"u8): fields.Metadata = value; break;
                case var name when name.SequenceEqual("parallel_tool_calls"u8): fields.ParallelToolCalls = value; break;
                case var name when name.SequenceEqual("reasoning"u8): fields.Reasoning = value; break;
                case var name when name.SequenceEqual("safety_identifier"u8): fields.SafetyIdentifier = value; break;
                case var name when name.SequenceEqual("service_tier"u8): fields.ServiceTier = value; break;
                case var name when name.SequenceEqual("temperature"u8): fields.Temperature = value; break;
                case var name when name.SequenceEqual("text"u8): fields.Text = value; break;
                case var name when name.SequenceEqual("tool_choice"u8): fields.ToolChoice = value; break;
                case var name when name.SequenceEqual("tools"u8): fields.Tools = value; break;
                case var name when name.SequenceEqual("top_logprobs"u8): fields.TopLogprobs = value; break;
                case var name when name.SequenceEqual("top_p"u8): fields.TopP = value; break;
                case var name when name.SequenceEqual("user"u8): fields.User = value; break;
                default: Judge(members.Name, value, refusals); break;
            }
        }

        return fields;
    }

    /// <summary>
    /// A target's refusal, which names a field of the chat that it was sent, with the field that the caller wrote.
    /// </summary>
    /// <param name="refused">The refusal.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="call">What the caller sent.</param>
    public static UnsupportedFieldException Renamed(
        UnsupportedFieldException refused, CallRequest chat, CallRequest call)
    {
        var field = refused.Field;
        var name = field switch
        {
            "max_tokens" => "max_output_tokens",
            "reasoning_effort" => "reasoning.effort",
            "verbosity" => "text.verbosity",
            // Either asks for them.
            "logprobs" => Has(call, "top_logprobs"u8) ? "top_logprobs" : "include",
            _ when field.StartsWith("messages", StringComparison.Ordinal) =>
                CallerPlaces.Of(field, chat.Origins, "input", "instructions"),
            _ when field.StartsWith("response_format", StringComparison.Ordinal) =>
                field.Replace("response_format", "text.format", StringComparison.Ordinal)
                    .Replace(".json_schema", "", StringComparison.Ordinal),
            _ => field.Replace(".function", "", StringComparison.Ordinal),
        };
        return refused.Named(name);
    }

    /// <summary>
    /// Whether a response of the provider's own is the same without the field. It keeps what it answers unless it is
    /// told not to, so what is about that is no hint.
    /// </summary>
    public static bool IsWithoutEffect(ReadOnlySpan<byte> name, JsonView value) => name switch
    {
        _ when name.SequenceEqual("store"u8) => value.IsTrue,
        _ when name.SequenceEqual("metadata"u8) || name.SequenceEqual("reasoning"u8) || name.SequenceEqual("text"u8) =>
            value.IsObject && value.IsEmpty,
        _ when name.SequenceEqual("include"u8) => value.IsArray && value.IsEmpty,
        _ when name.SequenceEqual("background"u8) => value.IsFalse,
        _ when name.SequenceEqual("truncation"u8) => value.Says("disabled"u8),
        _ => ChatFields.IsWithoutEffect(name, value),
    };

    private static bool Has(CallRequest call, ReadOnlySpan<byte> field)
    {
        using var tape = new JsonTape(call.Body.Length);
        return !tape.Read(call.Body.Span).Member(field).IsMissing;
    }

    /// <summary>A field without a counterpart: fine where the answer is the same without it.</summary>
    private static void Judge(ReadOnlySpan<byte> name, JsonView value, Refusals refusals)
    {
        if (value.IsMissing || IsAroundTheAnswer(name) || IsWithoutEffect(name, value))
        {
            return;
        }

        var field = Encoding.UTF8.GetString(name);
        if (name.SequenceEqual("background"u8) && !value.IsTrue)
        {
            throw Refusals.Invalid(field, "it must be true or false");
        }

        if (name.SequenceEqual("truncation"u8) && !value.IsString)
        {
            throw Refusals.Invalid(field, "it must be a string");
        }

        if (name.SequenceEqual("previous_response_id"u8) || name.SequenceEqual("conversation"u8)
            || name.SequenceEqual("prompt"u8))
        {
            throw Refusals.Unsupported(
                field, "only a provider with a Responses API of its own knows what it keeps under that name");
        }

        refusals.Option(field);
    }

    /// <summary>
    /// Written from what the face found, about what happens around the answer and not in it, or a limit for tools that
    /// are refused anyway. An answer says itself that it is not stored.
    /// </summary>
    private static bool IsAroundTheAnswer(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("model"u8) || name.SequenceEqual("stream"u8) || name.SequenceEqual("stream_options"u8)
        || name.SequenceEqual("store"u8) || name.SequenceEqual("max_tool_calls"u8)
        || name.SequenceEqual("prompt_cache_key"u8) || name.SequenceEqual("prompt_cache_retention"u8)
        || name.SequenceEqual("prompt_cache_options"u8);
}
