import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** JDBC: java -cp postgresql.jar JdbcRecipe.java; JDBC_URL names the database, e.g. jdbc:postgresql://127.0.0.1/shop?user=shop */
public class JdbcRecipe {
  static void begin(Connection connection, String actor, String reason, String reasonCode, String tenant) throws SQLException {
    connection.setAutoCommit(false); // in autocommit the context would be lost at once
    try (PreparedStatement begin =
        connection.prepareStatement("select audit.begin(actor => ?, reason => ?, reason_code => ?, tenant => ?)")) {
      begin.setString(1, actor);
      begin.setString(2, reason);
      begin.setString(3, reasonCode);
      begin.setString(4, tenant);
      begin.execute();
    }
  }

  public static void main(String[] arguments) throws SQLException {
    try (Connection connection = DriverManager.getConnection(System.getenv("JDBC_URL"))) {
      begin(connection, "ann", "Spring promotion", "PROMOTION", "demo");
      try (PreparedStatement update = connection.prepareStatement("update toy set price = 9.99 where name = 'kite'")) {
        update.executeUpdate();
      }
      connection.commit();
    }
  }
}
