using System.Collections;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// Says whether a whole answer in OpenAI's format is a good one for what was asked: it has choices, a vector for each
/// input, or a judgement of each. Its bytes go on as they are, but for vectors in another encoding than was asked for.
/// </summary>
internal static class OpenAiAnswer
{
    private static readonly JsonReaderOptions Bounded = new() { MaxDepth = OpenAiProvider.MaxDepth };

    public static PlainAnswer Read(CallRequest call, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        var usage = default(Usage);
        var content = default(string);
        var (hasContent, isList, error) = (false, false, false);
        try
        {
            if (!Utf8.IsValid(body.Span))
            {
                return Bad("the answer is not valid UTF-8");
            }

            var reader = new Utf8JsonReader(body.Span, Bounded);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return Bad("the answer is not a JSON object");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals(FieldOf(call.Operation)))
                {
                    reader.Read();
                    hasContent = true;
                    content = ReadContent(ref reader, call, ref isList);
                }
                else if (reader.ValueTextEquals("usage"u8))
                {
                    reader.Read();
                    usage = OpenAiUsage.Read(ref reader);
                }
                else
                {
                    var isError = reader.ValueTextEquals("error"u8);
                    reader.Read();
                    error |= isError && reader.TokenType != JsonTokenType.Null;
                    reader.Skip();
                }
            }

            // To the very end: bytes after the object are no answer either.
            while (reader.Read());
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // The latter is the reader's word for a name with half a surrogate pair.
            return Bad("the answer is not JSON");
        }

        if (error)
        {
            return new PlainAnswer(default, usage, OpenAiErrors.ReadInBand(body.Span));
        }

        content ??= hasContent ? null : NothingOf(call.Operation);
        return content is not null ? Bad(content)
            : isList && call.WantsBase64 ? Encoded(body, usage, output)
            : new PlainAnswer(body, usage);
    }

    public static PlainAnswer Bad(string message) =>
        new(default, default, new ProviderFault(Outcome.BadAnswer, message) { Status = 200 });

    private static ReadOnlySpan<byte> FieldOf(Operation operation) => operation switch
    {
        Operation.Embeddings => "data"u8,
        Operation.Moderations => "results"u8,
        _ => "choices"u8,
    };

    private static string NothingOf(Operation operation) => operation switch
    {
        Operation.Embeddings => "the answer has no embeddings",
        Operation.Moderations => "the answer has no results",
        _ => "the answer has no choices",
    };

    /// <summary>The reader stands on the content's first token and is left on its last.</summary>
    /// <returns>Null, or what is wrong with it.</returns>
    private static string? ReadContent(ref Utf8JsonReader reader, CallRequest call, ref bool isList)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return NothingOf(call.Operation);
        }

        // Where each answer belongs: a mix-up would be noticed by nobody.
        var places = call.Operation == Operation.Embeddings ? new BitArray(call.Inputs) : null;
        var counted = 0;
        var good = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            counted++;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            good += call.Operation switch
            {
                Operation.Embeddings => HasVector(ref reader, places!, ref isList),
                Operation.Moderations => IsJudged(ref reader),
                _ => HasMessage(ref reader),
            } ? 1 : 0;
        }

        // A filtered choice may have nothing beside one that has; an input without its answer is none.
        var isGood = call.Operation == Operation.ChatCompletions ? good > 0 : good == counted && good > 0;
        return !isGood ? NothingOf(call.Operation)
            : call.Inputs > 0 && call.Operation != Operation.ChatCompletions && counted != call.Inputs
                ? $"the answer has {counted} items for {call.Inputs} inputs"
                : null;
    }

    /// <summary>
    /// A message, or the word that the answer was filtered: Azure sends that one without a message.
    /// </summary>
    private static bool HasMessage(ref Utf8JsonReader reader)
    {
        var found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessage = reader.ValueTextEquals("message"u8);
            var isReason = reader.ValueTextEquals("finish_reason"u8);
            reader.Read();
            found |= isMessage && reader.TokenType == JsonTokenType.StartObject;
            found |= isReason && reader.TokenType == JsonTokenType.String
                && reader.ValueTextEquals("content_filter"u8);
            reader.Skip();
        }

        return found;
    }

    /// <summary>A vector that isn't empty; if it says whose it is, that one has no other.</summary>
    private static bool HasVector(ref Utf8JsonReader reader, BitArray places, ref bool isList)
    {
        var found = false;
        var isInPlace = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isVector = reader.ValueTextEquals("embedding"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isVector)
            {
                isList |= reader.TokenType == JsonTokenType.StartArray;
                found = IsVector(ref reader);
            }
            else
            {
                isInPlace &= !isIndex || places.Count == 0 || TryTake(ref reader, places);
                reader.Skip();
            }
        }

        return found && isInPlace;
    }

    private static bool TryTake(ref Utf8JsonReader reader, BitArray places)
    {
        var isFree = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index)
            && index >= 0 && index < places.Count && !places[index];
        if (isFree)
        {
            places[reader.GetInt32()] = true;
        }

        return isFree;
    }

    private static bool IsVector(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            var isText = reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0;
            reader.Skip();
            return isText;
        }

        var numbers = 0;
        var others = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _ = reader.TokenType == JsonTokenType.Number ? numbers++ : others++;
            reader.Skip();
        }

        return numbers > 0 && others == 0;
    }

    private static bool IsJudged(ref Utf8JsonReader reader)
    {
        var found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isJudgement = reader.ValueTextEquals("categories"u8);
            reader.Read();
            found |= isJudgement && reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
        }

        return found;
    }

    /// <summary>The same answer with its lists of numbers as base64. It is well formed.</summary>
    private static PlainAnswer Encoded(ReadOnlyMemory<byte> body, Usage usage, PooledBuffer output)
    {
        var start = output.Length;
        var copied = 0;
        var reader = new Utf8JsonReader(body.Span, Bounded);
        while (reader.Read())
        {
            // Below the answer and its list: data[].embedding.
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 3
                || !reader.ValueTextEquals("embedding"u8))
            {
                continue;
            }

            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                continue;
            }

            output.Write(body.Span[copied..(int)reader.TokenStartIndex]);
            if (!VectorText.TryWriteBase64(ref reader, output))
            {
                return Bad("the answer has a number that is none of 32 bits");
            }

            copied = (int)reader.BytesConsumed;
        }

        output.Write(body.Span[copied..]);
        return new PlainAnswer(output.WrittenMemory[start..], usage);
    }
}
