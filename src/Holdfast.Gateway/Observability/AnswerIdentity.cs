using System.Text.Json;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// Finds an answer's id and the model that gave it: the fields <c>id</c> and <c>model</c> of an object, or of the first
/// event of a stream. Only for traces; whatever it doesn't understand has none.
/// </summary>
internal static class AnswerIdentity
{
    private const int Longest = 128;

    public static (string? Id, string? Model) Read(ReadOnlySpan<byte> answer)
    {
        string? id = null;
        string? model = null;
        var start = answer.IndexOf((byte)'{');
        if (start < 0)
        {
            return default;
        }

        try
        {
            var json = new Utf8JsonReader(answer[start..], isFinalBlock: false, state: default);
            json.Read();
            while ((id is null || model is null) && json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isId = json.ValueTextEquals("id"u8);
                var isModel = json.ValueTextEquals("model"u8);
                if (!json.Read())
                {
                    break;
                }

                if (json.TokenType == JsonTokenType.String && (isId || isModel))
                {
                    var text = json.ValueSpan.Length <= Longest ? json.GetString() : null;
                    (id, model) = isId ? (text, model) : (id, text);
                }
                else if (!json.TrySkip())
                {
                    break;
                }
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // What came before is as good as it was. The latter is the reader's word for half a surrogate pair.
        }

        return (id, model);
    }
}
